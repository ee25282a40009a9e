"""Tables as text: what the library looks up to write them is as its import left it."""

import csv
import io
import os
from concurrent.futures import ProcessPoolExecutor


def table(size):
    rows = []
    for row in range(size):
        rows.append([row * column % 7 for column in range(size)])
    out = io.StringIO()
    csv.writer(out, dialect="unix").writerows(rows)
    return out.getvalue()


def main():
    tables = []
    pool = ProcessPoolExecutor(max_workers=min(12, os.cpu_count() or 1))
    try:
        calls = [pool.submit(table, size) for size in range(60, 72)]
        for size, pending in zip(range(60, 72), calls):
            tables.append(pending.result())
    finally:
        pool.shutdown(cancel_futures=True)
    print(len("".join(tables)))


if __name__ == "__main__":
    main()
