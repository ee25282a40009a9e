import csv
import io

TABLE = "name,points\nann,3\nbob,5\ncyd,4\n"


def weigh(points):
    total = 0
    for number in range(int(points) * 1000):
        total += number % 7
    return total


def main():
    rows = list(csv.DictReader(io.StringIO(TABLE)))
    for row in rows:
        row["points"] = weigh(row["points"])
        print(row["name"], row["points"])
    print(rows)


if __name__ == "__main__":
    main()
