import subprocess
for n in ["a", "b"]:
    subprocess.run(["cat"])
