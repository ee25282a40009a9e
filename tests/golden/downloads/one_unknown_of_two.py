"""What is fetched is shaped in order: only of the one that runs ahead anything is assumed."""

import somelib


def main():
    shapes = []
    for name in ["a", "b", "c", "d"]:
        text = somelib.fetch(name)
        print("fetched", name)
        shapes.append(somelib.shape([text]))
    print(shapes)


main()
