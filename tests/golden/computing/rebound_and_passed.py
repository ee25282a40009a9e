import sys

LIMIT = 3


def slow(n, limit):
    total = 0
    for i in range(n * 1000):
        total += i * i % limit
    return total


def main():
    for n in range(6):
        print(n, slow(n, LIMIT))


if __name__ == "__main__":
    LIMIT = 7 + len(sys.argv)
    main()
