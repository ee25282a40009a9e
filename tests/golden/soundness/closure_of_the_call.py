import hashlib, os
def md5sum(path):
    h = hashlib.md5()
    with open(path, "rb") as f:
        for chunk in iter(lambda: f.read(65536), b""):
            h.update(chunk)
    return h.hexdigest()
dups = {}
for root, dirs, files in sorted(os.walk("data")):
    for name in sorted(files):
        p = os.path.join(root, name)
        d = md5sum(p)
        dups.setdefault(d, []).append(p)
for d, paths in dups.items():
    if len(paths) > 1:
        print(d, paths)
