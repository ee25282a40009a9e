import decimal
decimal.getcontext().prec = 6
def work(n):
    t = decimal.Decimal(0)
    for i in range(1, 20000):
        t += decimal.Decimal(1) / i
    return t + n
for n in range(5):
    print(work(n))
