import os
import subprocess

for name in ["ant", "bee", "cat"]:
    with open(f"{name}.txt", "w") as file:
        file.write(name * 10)
for name in ["ant", "bee", "cat"]:
    before = os.path.getsize(name + ".txt")
    subprocess.run(["truncate", "-s", "4", name + ".txt"], stdin=subprocess.DEVNULL)
    after = os.path.getsize(name + ".txt")
    print(name, before, "became", after)
