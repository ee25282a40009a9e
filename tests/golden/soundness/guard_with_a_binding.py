import os
import subprocess

for name in ["ant", "bee", "cat"]:
    if (there := os.path.exists(name + ".out")) or name == "bee":
        print("skip", name, there)
        continue
    subprocess.run(["touch", name + ".out"], stdin=subprocess.DEVNULL)
    print("made", name, there)
