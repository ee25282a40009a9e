"""Functions that print around what they compute: workers tell them where to."""


class Odd(Exception):
    def __init__(self, left, right):
        super().__init__(left + right)


def note(*words, mark="-"):
    print(mark, *words)


def smooth(n):
    print("smooth", n, end="")
    for k in range(20000):
        n += k % 3
    print(
        "",
        n,
        sep=": ",
    )
    return n


def check(n):
    note("check", n)
    if smooth(n) % 5 == 3:
        raise Odd("odd", str(n))
    return n % 2 == 0


def depth(n):
    if n == 0:
        note("ground", mark="=")
        return 0
    return 1 + depth(n - 1)


def main():
    good, odd = [], 0
    for n in range(8):
        try:
            if check(n):
                good.append(n)
            else:
                print("no")
        except Odd as error:
            odd += 1
            print("odd:", error, error.args)
    print(good, odd)
    print([smooth(n) for n in range(3)])
    print([depth(n) for n in range(4)])
    note("done")


if __name__ == "__main__":
    main()
