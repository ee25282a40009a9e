import sys
LIMIT = 10
def work(n):
    t = 0
    for i in range(n * 1000):
        t += i % LIMIT
    return t
if __name__ == "__main__":
    LIMIT = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    for n in range(6):
        print(work(n))
