"""Tables as text, in a form that the program has given a name: workers may not know it."""

import csv
import io


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
    for size in range(60, 72):
        tables.append(table(size))
    print(len("".join(tables)))


if __name__ == "__main__":
    main()
