class P:
    def __init__(self, x):
        self.x = x
        self.k = 10
    def __getstate__(self):
        return {"x": self.x, "k": 0}

def work(p):
    total = 0
    for i in range(100000):
        total += i % p.x
    return total + p.k

ps = [P(i) for i in range(1, 5)]
for p in ps:
    print(work(p))
