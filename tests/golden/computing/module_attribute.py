import settings


def slow(n):
    total = 0
    for i in range(n * 1000):
        total += i % settings.SCALE
    return total


def main():
    settings.SCALE = 11
    for n in range(6):
        print(n, slow(n))


if __name__ == "__main__":
    main()
