# Worker processes of joblib would stay where the first calls have found them.
import os
import sys


def weigh(number):
    total = 0
    for step in range(30000):
        total = (total * 31 + step + number) % 1000003
    return total


for number in range(8):
    weight = weigh(number)
    print(number, weight)
os.chdir("/")
print(os.getcwd(), file=sys.stderr)
for number in range(8, 16):
    weight = weigh(number)
    print(number, weight)
