import time


def pause(seconds):
    print("  wait", seconds)
    time.sleep(seconds)
    print("  waited", flush=True)


def work(name, *, times=2):
    print("begin", name)
    pause(0.02)
    if name == "last":
        raise SystemError(name)
    for _ in range(times):
        pause(0.01)
    return len(name)


total = 0
for name in ["one", "two", "three"]:
    total += work(name)
print(total)
try:
    for name in ["four", "last", "five"]:
        print(name, work(name, times=1))
except SystemError as error:
    print("stopped at", error)
work("alone")
