import os, subprocess
for n in ["a", "b", "c"]:
    os.environ["WHO"] = n
    print(subprocess.run(["sh", "-c", "echo $WHO"], capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout)
