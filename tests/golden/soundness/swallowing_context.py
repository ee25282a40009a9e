import time
from contextlib import suppress

import requests


class Timed:
    """Hands on whatever is raised in it."""

    def __enter__(self):
        self.begun = time.monotonic()
        return self

    def __exit__(self, *details):
        self.taken = time.monotonic() - self.begun


def kind_of(name):
    with suppress(ValueError):
        return "number" if int(name) else "nothing"
    return "word"


# What stands behind something that fails is not reached: "ant" stays a word.
for name in ["1", "ant", "9"]:
    kind = "word"
    with suppress(ValueError):
        int(name)
        kind = "number"
    print(requests.get(f"http://host/{kind}/{name}").status_code)

for name in ["1", "8", "9"]:
    kind = "word"
    with Timed():
        int(name)
        kind = "number"
    print(requests.get(f"http://host/{kind}/{name}").status_code)

for name in ["1", "ant", "9"]:
    print(requests.get(f"http://host/{kind_of(name)}/{name}").status_code)
