"""How fast `braid check` is, and how much memory it and what it emits take."""

import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BRAID = os.environ["BRAID"]
CORES = len(os.sched_getaffinity(0))

# 10^6 inputs of 10 kB, made as they are asked for.
MANY = """import time


def blocks(count):
    for number in range(count):
        yield b"%9d," % number * 1000


def handle(block):
    time.sleep(0)
    return len(block)


def main():
    total = 0
    for block in blocks(COUNT):
        total += handle(block)
    print(total)


main()
"""
# Results of 1 MB each wait for a merge that is slower than the calls.
SLOW_MERGE = """import time


def handle(number):
    time.sleep(0.001)
    return b"x" * 1_000_000


def main():
    total = 0
    for number in range(COUNT):
        result = handle(number)
        time.sleep(0.005)
        total += len(result)
        print(number, end=" ")
    print(total)


main()
"""
ENDLESS = """import itertools
import time


def handle(number):
    time.sleep(0.001)
    return number * number


def main():
    for number in itertools.count():
        square = handle(number)
        if square > 100_000:
            print(number, square)
            break


main()
"""


def row(bar, want, got, met):
    print(json.dumps({"bar": bar, "want": want, "got": got, "met": met}), flush=True)


def run(command, **options):
    """Seconds and peak memory (MB) of one command; the greatest of its processes."""
    program = (
        "import resource, subprocess, sys, time\n"
        "began = time.monotonic()\n"
        "status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
        "took = time.monotonic() - began\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024\n"
        "sys.stderr.write(f'{took} {peak} {status}')\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, *map(str, command)],
        stderr=subprocess.PIPE, text=True, check=True, **options,
    )  # fmt: skip
    took, peak, status = answer.stderr.split("\n")[-1].split()[-3:]
    return float(took), float(peak), int(status)


def hundred_lines():
    """A script of 100 lines with loops, helpers and requests."""
    parts = ["import csv", "import os", "import requests", "", 'BASE = "http://host/"', ""]
    for number in range(6):
        parts += [
            f"def fetch_{number}(page):",
            f'    response = requests.get(f"{{BASE}}{{page}}?part={number}")',
            "    response.raise_for_status()",
            "    return response.text",
            "",
            f"def save_{number}(pages):",
            "    rows = []",
            "    for page in pages:",
            f"        text = fetch_{number}(page)",
            f'        with open(f"{number}-{{page}}.html", "w") as file:',
            "            file.write(text)",
            "        rows.append([page, len(text)])",
            '        print("saved", page)',
            "    return rows",
            "",
        ]
    parts += [f"save_{number}(range(1, 33))" for number in range(4)]
    return "\n".join(parts[:100]) + "\n"


def check_script(folder):
    script = folder / "hundred.py"
    script.write_text(hundred_lines(), encoding="utf-8")
    count = len(script.read_text(encoding="utf-8").splitlines())
    times = []
    for _ in range(60):
        began = time.monotonic()
        subprocess.run([BRAID, "check", script], stdout=subprocess.DEVNULL, check=True)
        times.append((time.monotonic() - began) * 1000)
    median = statistics.median(times)
    row(
        f"`braid check` on a script of {count} lines, start included, median of 60 (least"
        f" {min(times):.1f})",
        "at most 20 ms",
        f"{median:.1f} ms",
        median <= 20,
    )


def lines_in(folder):
    return sum(path.read_bytes().count(b"\n") for path in folder.rglob("*.py"))


def check_tree(folder):
    library = pathlib.Path(sysconfig.get_path("stdlib"))
    tree = folder / "tree"
    copies = 0
    lines = 0
    while lines < 800_000:
        ignored = shutil.ignore_patterns("site-packages", "__pycache__")
        shutil.copytree(library, tree / str(copies), ignore=ignored)
        lines += lines_in(tree / str(copies))
        copies += 1
    seconds, peak, status = run([BRAID, "check", "--format", "json", tree])
    speed = lines / seconds / CORES
    row(f"`braid check` on {lines} lines ({copies} copies of the standard library)", "ends with 0",
        str(status), status == 0)  # fmt: skip
    row("lines a second and core", "at least 100000", f"{speed:.0f}", speed >= 100_000)
    row("its peak memory", "under 400 MB", f"{peak:.0f} MB", peak < 400)


def emitted(folder, name, text, *options):
    script = folder / f"{name}.py"
    script.write_text(text, encoding="utf-8")
    out = folder / f"{name}_parallel.py"
    subprocess.run(
        [BRAID, "fix", "--python", sys.executable, *options, "-o", out, script],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if out.read_text(encoding="utf-8") == text:
        return None
    return out


def memory(folder):
    plural = {"thread": "threads", "process": "processes"}
    for kind, count in (("thread", 1_000_000), ("process", 100_000)):
        text = MANY.replace("COUNT", str(count))
        if kind == "process":
            text = text.replace("time.sleep(0)", "sum(n for n in range(int(block[:9]) % 9))")
        out = emitted(folder, f"many_{kind}", text, "--backend", kind)
        title = f"{count} inputs of 10 kB, in {plural[kind]}: peak memory"
        if out is None:
            print(json.dumps({"bar": title, "want": "under 200 MB", "skipped": "not rewritten"}))
            continue
        seconds, peak, status = run([sys.executable, out])
        row(f"{title} ({seconds:.0f} s)", "under 200 MB", f"{peak:.0f} MB, status {status}",
            peak < 200 and status == 0)  # fmt: skip
    out = emitted(folder, "slow_merge", SLOW_MERGE.replace("COUNT", "1000"))
    base = run([sys.executable, "-c", "import concurrent.futures"])[1]
    title = "1000 results of 1 MB and a slow merge: peak memory above the interpreter's"
    if out is None:
        print(json.dumps({"bar": title, "want": "window", "skipped": "not rewritten"}))
    else:
        seconds, peak, status = run([sys.executable, out])
        row(title, "the window's: under 110 MB", f"{peak - base:.0f} MB, status {status}",
            peak - base < 110 and status == 0)  # fmt: skip
    out = emitted(folder, "endless", ENDLESS, "--assume", "all")
    title = "an endless generator with a `break`"
    if out is None:
        print(json.dumps({"bar": title, "want": "ends", "skipped": "not rewritten"}))
    else:
        seconds, peak, status = run(["timeout", "60", sys.executable, out])
        row(title, "ends", f"after {seconds:.1f} s with status {status}", status == 0)


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        check_script(folder)
        check_tree(folder)
        memory(folder)


if __name__ == "__main__":
    main()
