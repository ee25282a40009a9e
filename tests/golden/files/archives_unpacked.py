import zipfile, os
for name in os.listdir("."):
    if name.endswith(".zip"):
        with zipfile.ZipFile(name) as z:
            z.extractall(name[:-4])
