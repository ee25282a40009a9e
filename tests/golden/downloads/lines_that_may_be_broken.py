"""Links of a list, some of whose lines are broken."""

import requests

LINES = ["a,http://archive.test/a", "broken", "c,http://archive.test/c", ",", "e,http://archive.test/e"]


def main():
    errors = 0
    for number, line in enumerate(LINES):
        try:
            parts = line.split(",")
            title = parts[0].strip()
            link = parts[1].strip()
        except IndexError:
            print("nothing to fetch in line", number)
            errors += 1
            continue
        try:
            print("fetching", title)
            response = requests.get(link)
            print(response.status_code)
        except requests.RequestException as error:
            print("failed:", error)
            errors += 1
            continue
    print(errors, "errors")


main()
