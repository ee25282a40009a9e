"""Compares Braid's trees with those of the interpreter that runs this.

    python3 tests/property/ast_corpora.py PRINT_SYNTAX CORPUS [--every N] [--seed N]

Corpora: `library` (the standard library; every N-th file), `line-ends` (a part of it with CR LF,
with CR and with form feeds), `names` (characters that names may hold), `random` (random programs)
and `mutated` (statements of the library with a token changed). A text differs when one finds an
error and the other none, or the trees are not alike; of the library at most 0.2 % may.
"""

import argparse
import ast
import random
import re
import sys
import sysconfig
import tokenize
import unicodedata
import warnings
from pathlib import Path

from syntax_comparison import Comparison, Different
from syntax_dump import dumps_of, parse_dump
from syntax_programs import Programs, mutated, top_level_statements

MOST_DIFFERENT = {
    "library": 0.002,
    "line-ends": 0.002,
    "names": 0,
    "random": 0.004,
    "mutated": 0.001,
}
SHOWN = 20

# What symtable.c refuses; the room `scope` says so.
SYMTABLE = re.compile(
    r"name '.*' is |nonlocal|annotated name|duplicate (argument|type param)|import \* only|"
    r"assignment expression (cannot|within)|'yield' inside|expression cannot be used|"
    r"no binding for|comprehension (inner|cannot)|too many statically nested"
)


def read(path):
    """The text as Braid gets it: UTF-8, no byte-order mark, line ends as they are; None when it
    cannot be decoded."""
    try:
        with open(path, "rb") as file:
            encoding, _ = tokenize.detect_encoding(file.readline)
        data = path.read_bytes()
        return data.decode("utf-8" if encoding == "utf-8-sig" else encoding).removeprefix("\ufeff")
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return None


def library_files():
    root = Path(sysconfig.get_paths()["stdlib"])
    return sorted(path for path in root.rglob("*.py") if "site-packages" not in path.parts)


def library(every, seed):
    files = library_files()
    for path in files[seed % every :: every]:
        text = read(path)
        if text is not None:
            yield str(path), text


def line_ends(every, seed):
    for name, text in library(every * 5, seed):
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        yield f"{name} with CR LF", plain.replace("\n", "\r\n")
        yield f"{name} with CR", plain.replace("\n", "\r")
        yield f"{name} with form feeds", plain.replace("\n\n", "\n\f\n")


def names(every, seed):
    rng = random.Random(seed)
    codes = [chr(code) for code in range(0x80, 0x110000)]
    parts = [c for c in codes if ("a" + c).isidentifier()]
    marks = [c for c in parts if unicodedata.combining(c)]
    hangul = [
        chr(c) for c in (*range(0x1100, 0x1113), *range(0x1161, 0x1176), *range(0x11A8, 0x11C3))
    ]
    letters = "aeiouAEO\u00e9\u1ea5\u01d7"
    texts = ["a" + c for c in parts[seed % every :: every]]
    texts += [c for c in parts[seed % every :: every] if c.isidentifier()]
    for _ in range(200_000 // every):
        pools = (rng.choice((parts, marks, hangul, letters)) for _ in range(rng.randrange(1, 6)))
        texts.append("".join(rng.choice(pool) for pool in pools))
    valid = [text for text in texts if text.isidentifier()]
    for start in range(0, len(valid), 5000):
        yield f"names from {start}", "\n".join(valid[start : start + 5000]) + "\n"


def random_programs(every, seed):
    programs = Programs(random.Random(seed))
    for number in range(40_000 // every):
        yield f"program {number}", programs.program()


def mutated_programs(every, seed):
    rng = random.Random(seed)
    statements = []
    for _, text in library(10, seed):
        if expected_tree(text)[0] is not None:
            statements += top_level_statements(text)
    for number in range(40_000 // every):
        text = mutated(rng.choice(statements), rng)
        if text is not None:
            yield f"mutation {number}", text


CORPORA = {
    "library": library,
    "line-ends": line_ends,
    "names": names,
    "random": random_programs,
    "mutated": mutated_programs,
}


def counts(corpus, text, difference):
    """Whether a difference speaks against Braid."""
    if corpus in ("library", "line-ends", "names"):
        return True
    refusal = expected_tree(text)[1]
    # An older interpreter refuses what newer ones take.
    return not refusal or (sys.version_info >= (3, 13) and not SYMTABLE.search(refusal))


def expected_tree(text):
    """The tree and None, or None and why CPython refuses the text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(text)
            compile(text, "text", "exec", dont_inherit=True)
            return tree, None
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return None, str(error)


def compare(text, dump):
    """None when alike, else what differs; and the number of nodes compared."""
    expected, refusal = expected_tree(text)
    actual, errors = parse_dump(dump)
    if refusal or errors:
        if refusal and errors:
            return None, 0
        if refusal:
            return f"CPython finds an error, Braid none: {refusal}", 0
        return "Braid finds an error: " + errors[0], 0
    comparison = Comparison(text)
    try:
        comparison.node(expected, actual)
    except Different as difference:
        return str(difference), comparison.nodes
    return None, comparison.nodes


def portions(texts, size):
    portion = []
    for one in texts:
        portion.append(one)
        if len(portion) == size:
            yield portion
            portion = []
    yield portion


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=Path)
    parser.add_argument("corpus", choices=CORPORA)
    parser.add_argument("--every", type=int, default=1, help="a sample: one in so many")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    binary = options.binary.resolve()
    sys.setrecursionlimit(20000)
    texts = nodes = accepted = 0
    differences = []
    corpus = CORPORA[options.corpus](options.every, options.seed)
    for portion in portions(corpus, 100):
        dumps = dumps_of(binary, [text.encode() for _, text in portion])
        for (name, text), dump in zip(portion, dumps):
            difference, compared = compare(text, dump)
            texts += 1
            nodes += compared
            accepted += compared > 0
            if difference and counts(options.corpus, text, difference):
                shown = f"\n{text}" if options.corpus in ("random", "mutated") else ""
                differences.append(f"{name}: {difference}{shown}")
    version = ".".join(map(str, sys.version_info[:3]))
    print(
        f"Python {version}, {options.corpus}: {texts} texts, {accepted} of them accepted, "
        f"{nodes} nodes, {len(differences)} texts differ"
    )
    for difference in differences[:SHOWN]:
        print(f"  {difference}")
    return 1 if len(differences) > MOST_DIFFERENT[options.corpus] * texts or not nodes else 0


if __name__ == "__main__":
    sys.exit(main())
