"""What the script defines crosses to the workers and back: an exception with two arguments too."""

import os

import braid


class TooLong(Exception):
    def __init__(self, number, steps):
        super().__init__(f"{number} took {steps} steps")
        self.number = number
        self.steps = steps


def count_steps(number):
    value, steps = 3 ** (number + 400), 0
    while value != 1:
        value = value // 2 if value % 2 == 0 else 3 * value + 1
        steps += 1
    if number == 20:
        raise TooLong(number, steps)
    return number, steps


def main():
    pool = braid.ProcessPoolExecutor(max_workers=min(40, os.cpu_count() or 1))
    try:
        founds = [pool.submit(count_steps, number) for number in range(40)]
        for number, pending in zip(range(40), founds):
            found = pending.result()
            print(found)
    finally:
        pool.shutdown(cancel_futures=True)


if __name__ == "__main__":
    try:
        main()
    except TooLong as error:
        print(error, error.number, error.steps, error.args, type(error) is TooLong)
