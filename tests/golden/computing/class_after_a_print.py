"""Worker processes do not come to the class of what they would be given."""


def burn(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


def work(number):
    return burn(300000) + number * scale.factor


print("start")


class Scale:
    def __init__(self, factor):
        self.factor = factor


scale = Scale(3)
for number in range(8):
    print(work(number))
