import os
import time


def convert(source, target):
    time.sleep(0.02)
    with open(source) as file:
        print(f"{source} -> {target}: {file.read().strip()}")


def convert_all(root):
    for folder in sorted(os.listdir(root)):
        names = sorted(os.listdir(os.path.join(root, folder)))
        print(folder, len(names))
        for name in names:
            convert(os.path.join(root, folder, name), name.upper())


for number in range(6):
    folder = os.path.join("in", f"folder{number % 3}")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{number}.txt"), "w") as file:
        file.write(f"{number}\n")
convert_all("in")
