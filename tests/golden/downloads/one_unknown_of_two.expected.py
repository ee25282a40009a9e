"""What is fetched is shaped in order: only of the one that runs ahead anything is assumed."""

from concurrent.futures import ThreadPoolExecutor

import somelib


def main():
    shapes = []
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        texts = [pool.submit(somelib.fetch, name) for name in ["a", "b", "c", "d"]]
        for name, pending in zip(["a", "b", "c", "d"], texts):
            text = pending.result()
            print("fetched", name)
            shapes.append(somelib.shape([text]))
    finally:
        pool.shutdown(cancel_futures=True)
    print(shapes)


main()
