class Gone(FileNotFoundError):
    def __init__(self, name):
        super().__init__(2, "gone", name)


class Bad(SyntaxError):
    def __init__(self, token, line):
        super().__init__("unexpected " + token, ("a.txt", line, 3, token))
        self.token = token


class Odd(UnicodeDecodeError):
    def __init__(self, data):
        super().__init__("ascii", data, 1, 2, "odd")


class Done(StopIteration):
    def __init__(self, a, b):
        super().__init__(a + b)


def work(kind, n):
    total = 0
    for i in range(n * 2000):
        total += i
    if n == 3 and kind == "file":
        raise Gone("a.txt")
    if n == 3 and kind == "syntax":
        raise Bad("(", 7)
    if n == 3 and kind == "text":
        raise Odd(b"ab")
    if n == 3 and kind == "stop":
        raise Done(1, 2)
    return total


def show(kind):
    for n in range(6):
        print(work(kind, n))


def main():
    try:
        show("file")
    except OSError as error:
        print(error, error.args, error.errno, error.filename)
    try:
        show("syntax")
    except SyntaxError as error:
        print(error, error.args, error.lineno, error.text, error.token)
    try:
        show("text")
    except UnicodeError as error:
        print(error, error.args, error.object, error.start)
    try:
        show("stop")
    except StopIteration as error:
        print(error, error.args, error.value)


if __name__ == "__main__":
    main()
