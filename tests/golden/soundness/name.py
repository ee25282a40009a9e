def work(n):
    total = 0
    for i in range(200000):
        total += i % (n + 1)
    return total, __name__

for n in range(4):
    print(work(n))
