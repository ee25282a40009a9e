import os
import subprocess

os.makedirs("out", exist_ok=True)
open("out/bee.txt", "w").close()
made = 0
for name in ["ant", "bee", "cat", "dog"]:
    target = f"out/{name}.txt"
    # What is there stays.
    if os.path.exists(target):
        print("skip", name)
        continue
    subprocess.run(["touch", target], check=True, stdin=subprocess.DEVNULL)
    made += 1
    print("made", name, made)
print(sorted(os.listdir("out")))
