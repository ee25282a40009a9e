class P:
    def __init__(self, x):
        self.x = x
    def __del__(self):
        print("bye", self.x)

def work(p):
    total = 0
    for i in range(100000):
        total += i % p.x
    return total

for x in range(1, 4):
    p = P(x)
    print(work(p))
