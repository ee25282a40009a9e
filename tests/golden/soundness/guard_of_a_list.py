import os
import subprocess

# What the test gives is the list itself, which the loop fills: its truth is asked for in its turn.
left = []
for name in ["ant", "bee", "cat"]:
    if not os.path.exists(name) and left:
        print("skip", name, len(left))
        continue
    subprocess.run(["touch", name], stdin=subprocess.DEVNULL)
    left.append(name)
print(left)
