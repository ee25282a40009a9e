class E(Exception):
    def __init__(self, a, b):
        super().__init__(a + b)
        self.a = a
        self.b = b
def work(n):
    t = 0
    for i in range(n * 2000):
        t += i
    if n == 3:
        raise E("x", "y")
    return t
if __name__ == "__main__":
    try:
        for n in range(6):
            print(work(n))
    except E as e:
        print(e, e.a, e.b, e.args)
