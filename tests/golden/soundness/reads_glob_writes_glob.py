import glob
for i in range(3):
    open(f"f{i}.txt", "w").write(str(i) * 10)
def convert(p):
    t = open(p).read()
    s = 0
    for i in range(20000):
        s += i
    open(p.replace(".txt", ".out.txt"), "w").write(t.upper() + str(s))
    return len(glob.glob("*.txt"))
for p in sorted(glob.glob("*.txt")):
    print(p, convert(p))
