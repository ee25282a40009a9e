"""Scripts of six shapes: sequential, as Braid rewrites them, by hand, with joblib; in one run."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MAIN = ROOT / "benchmarks" / "main"
sys.path.insert(0, str(MAIN))
import server  # noqa: E402

BRAID = os.environ["BRAID"]
RUNS = int(os.environ.get("BRAID_RUNS", "7"))
# Shape: the least speedup that is asked, and whether the loop is all of the program's time.
SHAPES = {
    "pages": ("1", 25, "threads"),
    "rows": ("2", None, "threads"),
    "countdowns": ("3", 1.8, "processes"),
    "fibonacci": ("3, uneven", None, "processes"),
    "hosts": ("4", None, "threads"),
    "items": ("5", None, "threads"),
    "digests": ("6", None, "threads that compute"),
}
ENVIRONMENT = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def row(bar, want, got, met):
    print(json.dumps({"bar": bar, "want": want, "got": got, "met": met}), flush=True)


def prepared(folder):
    (folder / "data").mkdir(parents=True)
    for number in range(60):
        (folder / "data" / f"{number}.bin").write_bytes(bytes(range(number, 200)) * 50)


def run(script, address):
    """Seconds that one run takes, and what it leaves and prints."""
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place, "work")
        prepared(folder)
        shutil.copy(script, folder / "script.py")
        began = time.monotonic()
        answer = subprocess.run(
            [sys.executable, "script.py", address],
            cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        took = time.monotonic() - began
        (folder / "script.py").unlink()
        shutil.rmtree(folder / "__pycache__", ignore_errors=True)
        left = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        return took, (answer.stdout, left)


def start_seconds(name):
    """Of the interpreter with the script's imports."""
    lines = (MAIN / "sequential" / f"{name}.py").read_text(encoding="utf-8").splitlines()
    imports = "\n".join(line for line in lines if line.startswith(("import ", "from ")))
    times = []
    for _ in range(3):
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", imports], check=True)
        times.append(time.monotonic() - began)
    return statistics.median(times)


def measure(name, address, scratch):
    shape, least, kind = SHAPES[name]
    original = MAIN / "sequential" / f"{name}.py"
    emitted = scratch / f"{name}.py"
    subprocess.run(
        [BRAID, "fix", "--python", sys.executable, "-o", emitted, original],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    kinds = {
        "braid": emitted,
        "by hand": MAIN / "by_hand" / f"{name}.py",
        "joblib": MAIN / "joblib" / f"{name}.py",
    }
    sequential, expected = run(MAIN / "sequential" / f"{name}.py", address)
    times = {each: [] for each in kinds}
    same = True
    for turn in range(RUNS):
        order = list(kinds) if turn % 2 == 0 else list(kinds)[::-1]
        for each in order:
            took, result = run(kinds[each], address)
            times[each].append(took)
            if each == "braid":
                same = same and result == expected
    median = {each: statistics.median(values) for each, values in times.items()}
    start = start_seconds(name)
    speedup = (sequential - start) / max(median["braid"] - start, 1e-3)
    told = (
        f"sequential {sequential:.2f} s, braid {median['braid']:.2f}, by hand"
        f" {median['by hand']:.2f}, joblib {median['joblib']:.2f};"
        f" {sequential / median['braid']:.1f} times the whole program, {speedup:.1f} times the loop"
    )
    title = f"shape {shape} ({name}, {kind})"
    row(f"{title}: median of {RUNS} runs", "", told, None)
    row(f"{title}: the same output and files", "yes", "yes" if same else "no", same)
    if least:
        row(
            f"{title}: the loop, times faster",
            f"at least {least}",
            f"{speedup:.1f}",
            speedup >= least,
        )
    ratio = median["braid"] / median["by hand"]
    spread = max(times["by hand"]) / min(times["by hand"])
    row(
        f"{title}: time against the one written by hand (whose own runs spread by {spread:.2f})",
        "at most 1.05",
        f"{ratio:.3f}",
        ratio <= 1.05,
    )


def main():
    web, address = server.start()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            for name in os.environ.get("BRAID_SHAPES", " ".join(SHAPES)).split():
                measure(name, address, pathlib.Path(scratch))
    finally:
        web.shutdown()


if __name__ == "__main__":
    main()
