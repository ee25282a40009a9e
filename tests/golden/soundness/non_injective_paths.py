import subprocess, os, pathlib
for a, b in [("x", "yz"), ("xy", "z"), ("p", "q")]:
    name = f"{a}{b}.txt"
    subprocess.run(["sh", "-c", f"echo {a} {b} >> {name}"], stdin=subprocess.DEVNULL)
print(sorted((p.name, p.read_text()) for p in pathlib.Path(".").glob("*.txt")))
