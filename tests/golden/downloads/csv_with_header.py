import csv

import requests


def check(source, target):
    with open(source, newline="") as rows, open(target, "w", newline="") as out:
        reader = csv.reader(rows)
        writer = csv.writer(out)
        writer.writerow(next(reader) + ["status"])
        for name, word in reader:
            reply = requests.get("http://host/" + name, params={"word": word}, timeout=5)
            writer.writerow([name, word, reply.status_code])


with open("names.csv", "w", newline="") as names:
    csv.writer(names).writerows([["name", "word"], ["ant", "a"], ["bee", "b"]])
if __name__ == "__main__":
    check("names.csv", "checked.csv")
    print(open("checked.csv").read())
