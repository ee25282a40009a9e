import subprocess

for name in ["a", "b", "c"]:
    subprocess.run(["touch", f"{name}.done"], check=True, stdin=subprocess.DEVNULL)
print("done")
