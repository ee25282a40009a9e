import os
import subprocess

os.makedirs("out", exist_ok=True)
open("out/bee.txt", "w").close()


def touch_all(names, folder):
    for name in names:
        target = os.path.join(folder, name + ".txt")
        if name.startswith("_"):
            print("hidden", name)
        elif not os.path.exists(target) or os.path.getsize(target) > 100:
            print("making", name)
            subprocess.run(["touch", target], stdin=subprocess.DEVNULL)
        else:
            print("had", name)


touch_all(["ant", "_bat", "bee", "cat"], "out")
print(sorted(os.listdir("out")))
