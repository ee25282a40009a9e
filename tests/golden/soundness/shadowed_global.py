items = [100, 200, 300]


def weigh(x):
    total = 0
    for i in range(200000):
        total += (x * i) % 7 + items[i % 3]
    return total


def table(items):
    for i in range(len(items)):
        value = weigh(items[i])
        print(value)


if __name__ == "__main__":
    table([1, 2, 3, 4])
