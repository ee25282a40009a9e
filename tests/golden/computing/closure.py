"""Functions inside functions, for worker processes."""


def main(base):
    # how heavy one is
    def weight(i):
        return i * i % 7

    def slow(n):
        total = base
        for i in range(n * 1000):
            total += weight(i)
        return total

    totals = {}
    for number in range(6):
        totals[number] = slow(number)
    print(totals)


if __name__ == "__main__":
    main(5)
