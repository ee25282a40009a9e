#!/usr/bin/env python3
"""Fetches the labelled scripts that a folder lacks, from where they are published.

    fetch.py FOLDER

A text whose SHA-256 is not the label's is not kept.
"""

import argparse
import hashlib
import pathlib
import sys
import urllib.error
import urllib.parse
import urllib.request

import score

PUBLISHED = "https://raw.githubusercontent.com/"


def address(label, published):
    place = f"{label['repository']}/{label['commit']}/{label['path']}"
    return published + urllib.parse.quote(place)


def fetch(labels, folder, published=PUBLISHED):
    """Writes what is missing; returns the file names that still are."""
    _, missing = score.scripts_present(labels, folder)
    left = {}
    for label in {score.file_name(label): label for label in labels}.values():
        name = score.file_name(label)
        if name not in missing:
            continue
        try:
            with urllib.request.urlopen(address(label, published), timeout=60) as answer:
                text = answer.read()
        except urllib.error.URLError as error:
            left[name] = str(error)
            continue
        if hashlib.sha256(text).hexdigest() == label["sha256"]:
            (folder / name).write_bytes(text)
        else:
            left[name] = "is another text than the labelled one"
    return left


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    left = fetch(score.read_labels(score.HERE / "labels.jsonl"), arguments.folder)
    for name, why in sorted(left.items()):
        print(f"{name}: {why}", file=sys.stderr)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
