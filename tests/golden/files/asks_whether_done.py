"""Packs what is not packed yet; a function says whether it is, before and after."""

import os
import subprocess
import sys

PACK = "import sys; open(sys.argv[1] + '.txt', 'w').write(open(sys.argv[1] + '/text').read() * 3)"


def is_packed(folder):
    return os.path.exists(folder + ".txt")


def main(folders, again):
    packed = skipped = failed = 0
    for folder in folders:
        if is_packed(folder) and not again:
            skipped += 1
            print("skip", folder)
            continue
        code = subprocess.run([sys.executable, "-c", PACK, folder]).returncode
        if code == 0 and is_packed(folder):
            packed += 1
            print("packed", folder)
        else:
            failed += 1
            print("failed", folder)
    print(packed, skipped, failed)


for name in ("a", "b", "c", "d"):
    os.mkdir(name)
    with open(name + "/text", "w") as file:
        file.write(name)
open("b.txt", "w").close()
main(["a", "b", "c", "d"], again=False)
main(["a", "b"], again=True)
