class Refused(Exception):
    def __init__(self, n, why):
        super().__init__(f"{n}: {why}")
        self.n = n


def weigh(n):
    total = 0
    for i in range(n % 40 + 300):
        total += i * n
    if n % 600 == 599:
        raise Refused(n, "too heavy")
    return total // (n - 1900)


def numbers(last):
    for n in range(last):
        yield n


if __name__ == "__main__":
    refused = []
    for n in numbers(2500):
        try:
            weight = weigh(n)
        except Refused as error:
            refused.append(error.n)
            print("refused", error, refused)
            continue
        if n % 400 == 0:
            print(n, weight)
