import time


def main():
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    results = {}
    for n in range(12, 20):
        start = time.perf_counter()
        value = fib(n)
        seconds = time.perf_counter() - start
        results[n] = (value, seconds >= 0)
    print(results)


if __name__ == "__main__":
    main()
