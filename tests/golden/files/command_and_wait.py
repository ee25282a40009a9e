import os
import subprocess


def convert(name):
    command = subprocess.Popen(["cp", name, name + ".copy"])
    command.wait()


os.makedirs("in")
for name in "abcdef":
    with open(os.path.join("in", name), "w") as file:
        file.write(name * (ord(name) - 90))

names = sorted(os.listdir("in"))
for name in names:
    convert(os.path.join("in", name))
for name in names:
    count = subprocess.Popen(["wc", "-c", os.path.join("in", name + ".copy")], stdout=subprocess.PIPE)
    print(count.communicate()[0].decode())
for name in names:
    print(os.popen("cat " + os.path.join("in", name)).read())
started = [subprocess.Popen(["rm", os.path.join("in", name)]) for name in names]
for each in started:
    print(each.wait())
print(sorted(os.listdir("in")))
