import os
import subprocess

os.makedirs("packed")
for name in "abcdef":
    with open(name, "w") as file:
        file.write(name * (ord(name) - 90))

before = after = 0
log = ""
for name in sorted(os.listdir(".")):
    if not os.path.isfile(name) or len(name) > 1:
        continue
    before += os.path.getsize(name)
    log += f"{name}: {os.path.getsize(name)} "
    code = subprocess.run(["mv", name, os.path.join("packed", name)]).returncode
    if code != 0:
        print("failed", name)
    after += os.path.getsize(os.path.join("packed", name))
    print(name, before, after)
print(before, after, log)
