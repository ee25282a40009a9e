MISSING = object()
def work(n):
    t = 0
    for i in range(30000):
        t += i
    return MISSING if n % 2 else t
for n in range(6):
    r = work(n)
    print(r is MISSING)
