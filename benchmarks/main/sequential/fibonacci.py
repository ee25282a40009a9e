def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def main():
    found = {}
    for n in range(25, 37):
        found[n] = fibonacci(n)
    print(found)


if __name__ == "__main__":
    main()
