def countdown(n):
    while n > 0:
        n -= 1
    return n


def main():
    for i in range(6):
        print(i, countdown(30_000 + i))


if __name__ == "__main__":
    main()
