from concurrent.futures import ProcessPoolExecutor


def countdown(n):
    while n > 0:
        n -= 1
    return n


def main():
    with ProcessPoolExecutor() as pool:
        for i, left in enumerate(pool.map(countdown, range(10_000_000, 10_000_020))):
            print(i, left)


if __name__ == "__main__":
    main()
