"""The constructor of a dataclass takes the fields of its base first."""

import dataclasses

import requests


@dataclasses.dataclass
class Base:
    seen: list


@dataclasses.dataclass
class Visit(Base):
    number: int


def go(visit):
    answer = requests.get(f"http://pages.example/{visit.number}?before={len(visit.seen)}")
    visit.seen.append(visit.number)
    return answer.text


seen = []
for number in range(4):
    print(go(Visit(seen, number)))
