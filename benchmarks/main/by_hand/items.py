import time
from concurrent.futures import ThreadPoolExecutor


def handle(index, item):
    time.sleep(0.1)
    return index * item


def main():
    data = list(range(1000))
    with ThreadPoolExecutor(max_workers=32) as pool:
        results = list(pool.map(handle, range(len(data)), data))
    print(sum(results))


main()
