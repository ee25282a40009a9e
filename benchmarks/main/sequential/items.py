import time


def handle(index, item):
    time.sleep(0.1)
    return index * item


def main():
    data = list(range(1000))
    results = []
    for i, d in enumerate(data):
        results.append(handle(i, d))
    print(sum(results))


main()
