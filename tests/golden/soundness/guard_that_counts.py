import os
import subprocess

# Asking is counted: once for each name, in order.
asked = 0


def is_there(path):
    global asked
    asked += 1
    return os.path.exists(path)


for name in ["ant", "bee", "cat"]:
    if is_there(name):
        print("skip", name, asked)
        continue
    subprocess.run(["touch", name], stdin=subprocess.DEVNULL)
    print("made", name, asked)
