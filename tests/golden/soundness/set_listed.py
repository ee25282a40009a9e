"""What a set gives as a list has another order in a worker process, which hashes texts otherwise."""


def letters_of(line):
    total = 0
    for number in range(300_000):
        total += number % 7
    return total, list(set(line.split()))


def main():
    for line in ["a b c", "d e f", "g h i"]:
        print(letters_of(line))


if __name__ == "__main__":
    main()
