"""Paths that Braid takes to be different ones, enumerated: every short pattern of an item, names,
separators and dots, over inputs of each kind, beside what the paths of two iterations really are.

No assumption about paths is asked for only where none of them meet, whatever the values are.
"""

import collections
import itertools
import json
import os
import pathlib
import posixpath
import subprocess

import pytest

# The text of a loop's header, and items it may give.
INPUTS = {
    "range(12)": list(range(12)),
    '("a", "b", "a/c")': ["a", "b", "a/c"],
    '("a", ".b", "1")': ["a", ".b", "1"],
    'os.listdir("in")': [".a", "..b", "a", "1", "a1", "1a", "0", "..."],
    'glob.glob("in/*")': ["in/a", "in/b", "in/..c", "in/1"],
    "(1, 0x1, 1_0, 10)": [1, 1, 10, 10],
    "(1, 1.0, 1.00)": [1, 1.0, 1.0],
    "sorted(set(given))": ["a", "./a", "a/", "b/../a", "..", ""],
}
# What the other value, of which nothing is known, may be.
GIVEN = ["", "1", "x", ".", "..", "/..", "/../", "/x", "../x"]
FIELDS = ["{i}", "a", "/", "..", ".", "1", "{s}"]


def patterns(most):
    """Texts with an item in them, each once."""
    found = {}
    for length in range(1, most + 1):
        for fields in itertools.product(FIELDS, repeat=length):
            if "{i}" in fields:
                found["".join(fields)] = None
    return list(found)


def proven(folder, loops):
    """Of loops (input, statements): for each, whether it is handed to workers as a whole with no
    assumption about paths; None: it is not handed to them."""
    lines = ["import glob, os, pathlib, shutil, urllib.request", ""]
    starts = []
    for number, (header, statements) in enumerate(loops):
        lines.append(f"def loop_{number}(s, given):")
        *before, given = header.split("; ")
        lines += [f"    {each}" for each in before]
        starts.append(len(lines) + 1)
        lines.append(f"    for i in {given}:")
        lines += [f"        {each}" for each in statements] + [""]
    (folder / "loops.py").write_text("\n".join(lines))
    done = subprocess.run(
        [os.environ["BRAID"], "check", "--format", "json", "loops.py"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)["sites"]
    sites = {each["line"]: each for each in found if each["kind"] == "for"}
    answers = []
    for start, (_, statements) in zip(starts, loops):
        site = sites.get(start)
        lines_run = {each["line"] for each in site["stages"]["run"]} if site else set()
        last = max((each["end_line"] for each in site["stages"]["run"]), default=0) if site else 0
        if min(lines_run, default=0) != start + 1 or last != start + len(statements):
            answers.append(None)
            continue
        ids = [each["id"] for each in site["assumptions"]]
        answers.append(not any(each.startswith("distinct-paths") for each in ids))
    return answers


def paths(pattern, items, given):
    """What the f-string gives for each item."""

    values = ({"i": each, "s": given, "os": os} for each in items)
    return [posixpath.normpath(eval(f'f"{pattern}"', each)) for each in values]


def lies_in(path, folder):
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def check(answers, least, meets):
    """meets(number): what is wrong with a loop that is proven."""
    assert collections.Counter(answers)[True] >= least
    wrong = [meets(number) for number, each in enumerate(answers) if each]
    assert [each for each in wrong if each] == []


def other_iteration(one, other, meet):
    """Two iterations of which the first touches one[i] and the second other[j]."""
    return next(
        ((a, b) for (i, a), (j, b) in itertools.product(enumerate(one), enumerate(other))
         if i != j and meet(a, b)),
        None,
    )  # fmt: skip


def test_files_of_different_iterations(tmp_path):
    loops = [(header, pattern) for header in INPUTS for pattern in patterns(3)]
    answers = proven(
        tmp_path,
        [(h, [f'urllib.request.urlretrieve(f"http://h/{{i}}", f"{p}")']) for h, p in loops],
    )

    def meets(number):
        header, pattern = loops[number]
        for given in GIVEN:
            found = paths(pattern, INPUTS[header], given)
            if other_iteration(found, found, lambda a, b: a == b):
                return header, pattern, given
        return None

    check(answers, 150, meets)


# Listings, and what may be in a folder so that they give it.
LISTINGS = {
    'glob.glob("in/*.txt")': ["in/a.txt", "in/a.b.txt", "in/b.txt", "in/a.txt.txt"],
    'glob.glob("in/*")': ["in/a.txt", "in/a.csv", "in/a", "in/..b"],
    'glob.glob("*/*.txt")': ["in/a.txt", "on/a.txt", "in/b.txt"],
    'glob.glob("in/**", recursive=True)': ["in/", "in/a.txt", "in/on/a.txt"],
    'glob.glob("in/**/**/*.txt", recursive=True)': ["in/a.txt", "in/a.txt"],
    'glob.glob("in/*/../*.txt")': ["in/a/../a.txt", "in/b/../a.txt"],
    "glob.glob(s)": ["in/a/../a.txt", "in/b/../a.txt"],
    'pathlib.Path("in").glob("*/../a")': [pathlib.Path("in/a/../a"), pathlib.Path("in/b/../a")],
    'os.listdir("in")': ["a.txt", "a.csv", "a", "..b"],
    '[n for n in os.listdir("in") if n > ""]': ["a.txt", "a.csv", "a", "..b"],
    'names = sorted(os.listdir("in")); names.remove("b"); names': ["a.txt", "a.csv", "a"],
    'names = os.listdir("in"); names.append(s); names': ["a.txt", "a.csv", "a.txt"],
    'names = os.listdir("in"); names += [s]; names': ["a.txt", "a.csv", "a.txt"],
    'names = os.listdir("in"); names = names + names; names': ["a.txt", "a.txt"],
    'names = os.listdir("in") + os.listdir("on"); names': ["a.txt", "a.txt"],
    '[n.lower() for n in os.listdir("in")]': ["a.txt", "a.txt"],
    '[n for n in os.listdir("in") for m in "ab"]': ["a.txt", "a.txt"],
    'names = [n for n in sorted(os.listdir("in"))]; names': ["a.txt", "a.csv"],
    'names = glob.glob("in/*.txt"); names[0] = s; sorted(names)': ["in/a.txt", "in/a.txt"],
    'pathlib.Path("in").iterdir()': [pathlib.Path("in/a.txt"), pathlib.Path("in/a.csv")],
    'pathlib.Path("in").glob("*.txt")': [pathlib.Path("in/.txt"), pathlib.Path("in/.txt.txt")],
    'sorted(pathlib.Path("in").glob("*.txt"))': [pathlib.Path("in/a.txt"), pathlib.Path("in/b.txt")],
    'list(pathlib.Path("in").rglob("*.txt"))': [pathlib.Path("in/a.txt"), pathlib.Path("in/on/a.txt")],
}
PARTS_OF_TEXTS = [
    "{i}",
    "{os.path.basename(i)}",
    "{os.path.splitext(i)[0]}",
    "{os.path.splitext(os.path.basename(i))[0]}",
    "{os.path.basename(os.path.splitext(i)[0])}",
    "{os.path.dirname(i)}",
    "{i.replace('.txt', '.csv')}",
    "{i[:-4]}",
    "{i.split('.')[0]}",
]
PARTS_OF_PATHS = ["{i}", "{i.name}", "{i.stem}", "{i.suffix}", "{i.parent}", "{i.with_suffix('')}"]


def test_parts_of_the_paths_of_listed_files(tmp_path):
    loops = [
        (header, before + part + after)
        for header in LISTINGS
        for part in (PARTS_OF_PATHS if "pathlib" in header else PARTS_OF_TEXTS)
        for before in ("", "out/", "out_")
        for after in ("", ".png", "/x")
    ]
    answers = proven(
        tmp_path,
        [(h, [f'urllib.request.urlretrieve(f"http://h/{{i}}", f"{p}")']) for h, p in loops],
    )

    def meets(number):
        header, pattern = loops[number]
        found = paths(pattern, LISTINGS[header], "")
        return (header, pattern) if len(set(found)) < len(found) else None

    check(answers, 30, meets)


# What an inner loop goes over, and what it gives.
INNER = {
    "range(3)": range(3),
    "enumerate(given)": [(0, "x"), (1, "../x")],
    'os.listdir("in")': ["a", "../a"],
    "given": ["/../a", "", "../1"],
}


@pytest.mark.parametrize("header", ["range(12)", '("a", ".b", "1")', '("a", "b", "a/c")'])
def test_files_of_an_inner_loop(tmp_path, header):
    fields = ["{i}", "a", "/", "{j}", "..", "1"]
    shapes = ["".join(each) for n in (2, 3, 4) for each in itertools.product(fields, repeat=n)]
    loops = [
        (inner, shape if inner != "enumerate(given)" else shape.replace("{j}", "{j[0]}"))
        for inner in INNER
        for shape in shapes
        if "{i}" in shape and "{j}" in shape
    ]
    answers = proven(
        tmp_path,
        [(header, ['there = os.path.exists(os.path.join("out", str(i)))',
                   f"for j in {inner}:",
                   f'    there = there or os.path.exists(os.path.join("out", f"{p}"))',
                   f'    urllib.request.urlretrieve(f"http://h/{{i}}/{{there}}", f"out/{p}")'])
         for inner, p in loops],
    )  # fmt: skip

    def meets(number):
        inner, pattern = loops[number]
        found = [
            (i, posixpath.normpath("out/" + eval(f'f"{pattern}"', {"i": i, "j": j})))
            for i in INPUTS[header]
            for j in INNER[inner]
        ]
        looked_at = [(i, posixpath.normpath(f"out/{i}")) for i in INPUTS[header]]
        for (i, a), (j, b) in itertools.product(found, found + looked_at):
            if i != j and a == b:
                return inner, pattern, a
        return None

    check(answers, 0 if "a/c" in header else 10, meets)


def test_folders_of_different_iterations(tmp_path):
    loops = [(header, pattern) for header in INPUTS for pattern in patterns(3)]
    answers = proven(
        tmp_path,
        [(h, [f'os.mkdir(f"{p}")', f'urllib.request.urlretrieve(f"http://h/{{i}}", f"{p}/f")'])
         for h, p in loops],
    )  # fmt: skip

    def meets(number):
        header, pattern = loops[number]
        for given in GIVEN:
            found = paths(pattern, INPUTS[header], given)
            if other_iteration(found, found, lies_in):
                return header, pattern, given
        return None

    check(answers, 40, meets)


@pytest.mark.parametrize("header", list(INPUTS))
def test_what_one_reads_and_another_writes(tmp_path, header):
    shapes = patterns(2) + ["a/{i}/b", "a/{i}/c", "a/{i}.b", "a/{i}.c", "c/{i}.b", "{i}/../c"]
    loops = list(itertools.product(shapes, shapes))
    answers = proven(
        tmp_path,
        [(header, [f'shutil.copyfile(f"{a}", f"{b}")',
                   f'urllib.request.urlretrieve(f"http://h/{{i}}", f"{b}")'])
         for a, b in loops],
    )  # fmt: skip

    def meets(number):
        for given in GIVEN:
            read, written = (paths(each, INPUTS[header], given) for each in loops[number])
            if other_iteration(read, written, lambda a, b: a == b) or other_iteration(
                written, written, lambda a, b: a == b
            ):
                return loops[number], given
        return None

    same = "given" in header or len(set(INPUTS[header])) < len(INPUTS[header])
    check(answers, 0 if same else 1, meets)
