"""Copies the files of each folder: what a folder holds is looked at where its files are copied."""

import glob
import os
import shutil

for folder in ("april", "may", "june"):
    os.makedirs("from/" + folder)
    for number in range(3):
        with open(f"from/{folder}/{number}.txt", "w") as file:
            file.write(folder * number)
os.mkdir("to")


def copy_all(source):
    for folder in sorted(os.listdir(source)):
        files = sorted(glob.glob(source + "/" + folder + "/*.txt"))
        for number, path in enumerate(files):
            shutil.copyfile(path, "to/%s-%d.txt" % (folder, number))


copy_all("from")
for name in sorted(os.listdir("to")):
    print(name, open("to/" + name).read())
