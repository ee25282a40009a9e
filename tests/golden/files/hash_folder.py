import os

from digest import digest

digests = {}
for name in sorted(os.listdir("data")):
    digests[name] = digest(os.path.join("data", name))
for name, value in digests.items():
    print(name, value[:12])
print(len(digests), "files")
