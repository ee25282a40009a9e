"""What `braid verify` says of rewrites made by hand, wrong and right; and when it is killed."""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "faults"))
import verify_rewrites  # noqa: E402

BRAID = os.environ["BRAID"]
TIMES = int(os.environ.get("BRAID_VERIFY_TIMES", "10"))
KILLS = os.environ.get("VERIFY_KILLS", "100")


def row(bar, want, got, met):
    print(json.dumps({"bar": bar, "want": want, "got": got, "met": met}), flush=True)


def verify(original, rewritten):
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        (folder / "script.py").write_text(original, encoding="utf-8")
        (folder / "rewritten.py").write_text(rewritten, encoding="utf-8")
        return subprocess.run(
            [BRAID, "verify", "--python", sys.executable, "--allow-effects",
             "--against", "rewritten.py", "script.py"],
            cwd=folder, input=verify_rewrites.STDIN_BYTES,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        ).returncode  # fmt: skip


def told(answers):
    return ", ".join(f"{count} with {status}" for status, count in sorted(answers.items()))


def main():
    wrong = collections.Counter()
    for name, original, rewritten in verify_rewrites.WRONG:
        status = verify(original, rewritten)
        wrong[status] += 1
        if status != 1:
            print(f"wrong one answered {status}: {name}", flush=True)
    total = sum(wrong.values())
    row(f"of {total} wrong rewrites, answered", "38 of 40 with 1, none with 0", told(wrong),
        total >= 40 and wrong[1] * 40 >= 38 * total and not wrong[0])  # fmt: skip
    right = collections.Counter()
    for name, original, rewritten in verify_rewrites.RIGHT:
        for _ in range(TIMES):
            status = verify(original, rewritten)
            right[status] += 1
            if status != 0:
                print(f"right one answered {status}: {name}", flush=True)
    total = len(verify_rewrites.RIGHT)
    row(f"of {total} right rewrites, {TIMES} times each, answered",
        "40, all with 0; at most 5 % with 3", told(right),
        total >= 40 and not right[1] and right[3] <= 0.05 * sum(right.values()))  # fmt: skip
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/faults/test_verify_kill.py"],
        cwd=ROOT, env={**os.environ, "VERIFY_KILLS": KILLS}, stdout=subprocess.PIPE, text=True,
        check=False,
    )  # fmt: skip
    last = (answer.stdout.strip().splitlines() or ["nothing"])[-1].strip("= ")
    row(f"kill -9 at {KILLS} random instants for each way to run: nothing changed, nothing left",
        "passes", last, answer.returncode == 0)  # fmt: skip


if __name__ == "__main__":
    main()
