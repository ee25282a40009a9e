"""How long it takes until one is reached (Collatz), and which start takes longest."""


def steps(n):
    count = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        count += 1
    return count


def main():
    longest = 0
    for start in range(1, 5_000):
        count = steps(start)
        if count > longest:
            longest = count
            print(start, count)
    lengths = [steps(n) for n in range(1, 3_000)]
    print(sum(lengths))


if __name__ == "__main__":
    main()
