"""Tables as text, in a form that the program has given a name: workers may not know it."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor


def table(size):
    rows = []
    for row in range(size):
        rows.append([row * column % 7 for column in range(size)])
    out = io.StringIO()
    csv.writer(out, dialect="plain").writerows(rows)
    return out.getvalue()


def main():
    csv.register_dialect("plain", delimiter=";")
    tables = []
    pool = ThreadPoolExecutor(max_workers=12)
    try:
        calls = [pool.submit(table, size) for size in range(60, 72)]
        for size, pending in zip(range(60, 72), calls):
            tables.append(pending.result())
    finally:
        pool.shutdown(cancel_futures=True)
    print(len("".join(tables)))


if __name__ == "__main__":
    main()
