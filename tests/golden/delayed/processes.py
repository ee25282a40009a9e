class Odd(Exception):
    def __init__(self, number, why):
        super().__init__(f"{number}: {why}")
        self.number = number


def weigh(number):
    total = 0
    for step in range(30000):
        total = (total * 31 + step + number) % 1000003
    if number == 5:
        raise Odd(number, "five")
    return total


def main():
    try:
        for number in range(8):
            total = weigh(number)
            print(number, total)
    except Odd as problem:
        print(problem, problem.number, number)


main()
