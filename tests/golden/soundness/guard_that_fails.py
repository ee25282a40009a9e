import os
import subprocess

# The third one's size cannot be asked for: what is printed before that stays printed.
for name in ["ant", "bee"]:
    with open(name, "w") as file:
        file.write(name)
for name in ["ant", "bee", "gnu"]:
    print("at", name)
    try:
        if os.path.getsize(name) > 100:
            print("large", name)
            continue
        subprocess.run(["truncate", "-s", "200", name], stdin=subprocess.DEVNULL)
    except OSError as error:
        print("no", name, error.errno)
        break
    print("made", name)
