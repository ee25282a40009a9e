# Lines that are printed while a worker process computes, and rows under a `try` that goes on.
import math
import os


def smallest_factors(paths):
    for path in paths:
        print("reading", path)
        with open(path) as file:
            for line in file:
                number = int(line)
                factor = number
                for each in range(2, math.isqrt(number) + 1):
                    if number % each == 0:
                        factor = each
                        break
                print(number, "is prime" if factor == number else f"divides by {factor}")
        print()


def primes(paths):
    found = []
    for path in paths:
        try:
            with open(path) as file:
                for line in file:
                    number = int(line)
                    if all(number % each for each in range(2, number)):
                        found.append(number)
        except ValueError as problem:
            print(path, "is broken:", problem, len(found))
    return found


def main():
    for name, text in {"a.txt": "91\n97\n", "b.txt": "2\nx\n5\n", "c.txt": "7\n"}.items():
        with open(name, "w") as file:
            file.write(text)
    print(primes(["a.txt", "b.txt", "c.txt"]))
    try:
        smallest_factors(["a.txt", "b.txt", "c.txt"])
    except ValueError as problem:
        print("stopped:", problem, os.path.getsize("b.txt"))


if __name__ == "__main__":
    main()
