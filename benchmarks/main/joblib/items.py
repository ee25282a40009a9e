import time

from joblib import Parallel, delayed


def handle(index, item):
    time.sleep(0.1)
    return index * item


def main():
    data = list(range(1000))
    results = Parallel(n_jobs=32, backend="threading")(
        delayed(handle)(i, d) for i, d in enumerate(data)
    )
    print(sum(results))


main()
