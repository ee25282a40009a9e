import csv
import os
import pathlib
import time


def fetch(number):
    time.sleep(0.02)
    return f"{number}\n"


def save_all(folder):
    for i in range(4):
        if not os.path.isdir(folder):
            os.mkdir(folder)
        path = os.path.join(folder, f"{i}.txt")
        if not os.path.exists(path):
            data = fetch(i)
            with open(path, "w") as file:
                file.write(data)


def save_by_parity():
    for number in range(4):
        target = pathlib.Path("by_parity") / str(number % 2) / f"{number}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(fetch(number))


def waited(path):
    with open(path) as file:
        rows = csv.reader(file)
        rows = list(rows)
        for row in rows:
            print(row, fetch(row[0]).strip())
    with open(path) as file:
        for position, line in enumerate(file):
            print(position, fetch(line.strip()).strip())


os.mkdir("out")
with open(os.path.join("out", "done.txt"), "w") as file:
    file.write("done\n")
save_all("out")
save_by_parity()
waited(os.path.join("out", "done.txt"))
for _, name in enumerate(sorted(os.listdir("out"))):
    print(name)
for folder, _, names in sorted(os.walk("by_parity")):
    print(folder, sorted(names))
