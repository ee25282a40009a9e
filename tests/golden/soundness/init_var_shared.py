"""An InitVar brings in what all iterations share."""

import dataclasses

import requests


@dataclasses.dataclass
class Visit:
    number: int
    into: dataclasses.InitVar[list]

    def __post_init__(self, into):
        self.seen = into


def go(visit):
    answer = requests.get(f"http://pages.example/{visit.number}?before={len(visit.seen)}")
    visit.seen.append(visit.number)
    return answer.text


seen = []
for number in range(4):
    print(go(Visit(number, seen)))
