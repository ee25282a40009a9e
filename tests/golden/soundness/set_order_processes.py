def work(names):
    t = 0
    for i in range(20000):
        t += i
    return [n for n in {"alpha", "beta", "gamma", *names}], hash(names[0]) % 4
for n in ["x", "y", "z", "w"]:
    print(work([n]))
