def work(n):
    print("begin", n)
    for k in range(20000):
        n = (n * 31 + k) % 1000003
    print("end", n)
    return n


COMMANDS = {"work": work}
if __name__ == "__main__":
    for n in range(3):
        if work(n) % 2:
            print("odd")
    print(COMMANDS["work"](9))
