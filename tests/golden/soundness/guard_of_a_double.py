import os
import subprocess

# The second "ant" finds what the first one made.
for name in ["ant", "bee", "ant", "bee"]:
    if os.path.exists(name):
        print("skip", name)
        continue
    subprocess.run(["touch", name], stdin=subprocess.DEVNULL)
    print("made", name)
