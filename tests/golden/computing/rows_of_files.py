# The rows of many files: each worker gathers those of one, and the loop adds them in order.
import glob
import json
import math
import xml.etree.ElementTree as ET


def objects(folder):
    rows = []
    for path in sorted(glob.glob(folder + "/*.xml")):
        tree = ET.parse(path)
        root = tree.getroot()
        for item in root.findall("object"):
            name = item.find("name").text
            rows.append((path, name))
    return rows


def right_angles(limit):
    found = []
    for a in range(1, limit):
        for b in range(a, limit):
            c = math.isqrt(a * a + b * b)
            if c * c == a * a + b * b:
                found.append((a, b, c))
    return found


def lengths_by_name(paths):
    lengths = {}
    skipped = []
    for path in paths:
        print(path, len(skipped))
        with open(path) as file:
            data = json.load(file)
            for name in file.name, path:
                lengths[name] = len(data)
            skipped.append(data.get("skipped"))
    return lengths, skipped


# Whoever catches the failure sees what had been added by then.
def numbers(paths, found):
    for path in paths:
        with open(path) as file:
            for line in file:
                found.append(int(line))


def main():
    with open("a.xml", "w") as file:
        file.write("<all><object><name>ant</name></object><object><name>bee</name></object></all>")
    with open("b.xml", "w") as file:
        file.write("<all/>")
    print(objects("."))
    print(right_angles(60))
    with open("a.json", "w") as file:
        json.dump({"ant": "six legs", "bee": None}, file)
    with open("b.json", "w") as file:
        json.dump({"cat": "four legs", "ant": "six"}, file)
    print(lengths_by_name(["a.json", "b.json"]))
    with open("a.txt", "w") as file:
        file.write("1\n2\nthree\n")
    found = []
    try:
        numbers(["a.txt"], found)
    except ValueError as error:
        print(error, found)


if __name__ == "__main__":
    main()
