"""The same walks in every run: each draws where the one before has left off."""

import random


def walk(steps):
    place = 0
    for _ in range(steps):
        place += random.choice((-1, 1))
    return place


random.seed(12)
ends = []
for _ in range(40):
    ends.append(walk(2000))
print(ends)
