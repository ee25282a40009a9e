from concurrent.futures import ProcessPoolExecutor


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def main():
    with ProcessPoolExecutor() as pool:
        found = dict(zip(range(25, 37), pool.map(fibonacci, range(25, 37))))
    print(found)


if __name__ == "__main__":
    main()
