"""Many small programs at once: each is rewritten by `braid fix`, all are executed in one process,
and what they print is compared."""

import os
import pathlib
import subprocess
import sys

LIBRARIES = pathlib.Path(__file__).resolve().parent.parent / "libraries"
# Runs the scripts that it is given; what each prints, and how it ends, goes to a file beside it.
DRIVER = """
import contextlib, io, pathlib, runpy, sys
for name in sys.argv[1:]:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            runpy.run_path(name, run_name="__main__")
        except Exception as error:
            print(type(error).__name__, error)
    pathlib.Path(name + ".out").write_text(printed.getvalue())
"""


def rewrite(folder, number, text, *options):
    """Whether `braid fix` changed the program; both stand in the folder."""
    original, rewritten = folder / f"original_{number}.py", folder / f"rewritten_{number}.py"
    original.write_text(text)
    done = subprocess.run(
        [os.environ["BRAID"], "fix", original, "-o", rewritten, *options],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return "rewrote" in done.stderr


def differences(folder, numbers):
    """The programs that print something else when they are rewritten."""
    (folder / "driver.py").write_text(DRIVER)
    scripts = [f"{which}_{n}.py" for n in numbers for which in ("original", "rewritten")]
    subprocess.run(
        [sys.executable, "driver.py", *scripts], cwd=folder, check=True, timeout=600,
        env={**os.environ, "PYTHONPATH": str(LIBRARIES), "PYTHONHASHSEED": "0"},
    )  # fmt: skip
    found = []
    for number in numbers:
        before, after = (
            (folder / f"{which}_{number}.py.out").read_text() for which in ("original", "rewritten")
        )
        if before != after:
            program = (folder / f"original_{number}.py").read_text()
            found.append(f"{program}\n--- before:\n{before}\n--- after:\n{after}")
    return found
