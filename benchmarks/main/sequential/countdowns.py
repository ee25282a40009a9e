def countdown(n):
    while n > 0:
        n -= 1
    return n


def main():
    for i in range(20):
        print(i, countdown(10_000_000 + i))


if __name__ == "__main__":
    main()
