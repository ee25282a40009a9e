from joblib import Parallel, delayed


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def main():
    results = Parallel(n_jobs=-1)(delayed(fibonacci)(n) for n in range(25, 37))
    print(dict(zip(range(25, 37), results)))


if __name__ == "__main__":
    main()
