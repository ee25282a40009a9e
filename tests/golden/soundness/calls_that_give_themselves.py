"""Objects and classes whose calling gives them again: never reached, but looked at."""

import sys
import requests


class Echo:
    pass


Echo.__call__ = Echo()


class Failing(Exception):
    def __new__(cls):
        return Failing


def main():
    if len(sys.argv) > 5:
        Echo()()
        list(map(map, [map], [[1]]))
        raise Failing
    for name in ["a", "b"]:
        print(requests.get("http://h/" + name).text)


main()
