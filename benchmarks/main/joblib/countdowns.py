from joblib import Parallel, delayed


def countdown(n):
    while n > 0:
        n -= 1
    return n


def main():
    results = Parallel(n_jobs=-1)(delayed(countdown)(10_000_000 + i) for i in range(20))
    for i, left in enumerate(results):
        print(i, left)


if __name__ == "__main__":
    main()
