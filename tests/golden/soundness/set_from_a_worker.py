def slow(n):
    t = 0
    for i in range(n * 20000):
        t += i * i % 7
    return {8 * (n - i) for i in range(n)}


for n in range(6):
    print(list(slow(n)))
