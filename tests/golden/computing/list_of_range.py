"""What a comprehension over a range computes is its own time, not the range's."""


def step(n):
    total = n
    for k in range(20000):
        total = (total * 31 + k) % 1000003
    return total


def steps(m):
    print("steps", m)
    return [step(n) for n in range(m)]


if __name__ == "__main__":
    for m in range(1, 4):
        print(steps(m))
