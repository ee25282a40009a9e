import math
import sys

LIMIT = 10


def work(n):
    total = 0
    for i in range(20_000):
        total += (i * n) % LIMIT
    return total + math.tau


def main():
    global LIMIT
    LIMIT = int(sys.argv[1])
    math.tau = 1
    for n in range(6):
        print(n, work(n))


if __name__ == "__main__":
    main()
