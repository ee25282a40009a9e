import os
def size(p):
    t = 0
    for i in range(20000):
        t += i
    return len(open(p).read()) + t
for d in ["d1", "d2"]:
    os.makedirs(d)
    open(d + "/f", "w").write(d * 3)
for d in ["d1", "d2"]:
    os.chdir(d)
    print(size("f"))
    os.chdir("..")
