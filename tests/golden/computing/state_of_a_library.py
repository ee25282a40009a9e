"""Tables as text: what the library looks up to write them is as its import left it."""

import csv
import io


def table(size):
    rows = []
    for row in range(size):
        rows.append([row * column % 7 for column in range(size)])
    out = io.StringIO()
    csv.writer(out, dialect="unix").writerows(rows)
    return out.getvalue()


def main():
    tables = []
    for size in range(60, 72):
        tables.append(table(size))
    print(len("".join(tables)))


if __name__ == "__main__":
    main()
