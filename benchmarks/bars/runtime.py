"""The parallel map: promises kept under kills and Ctrl-C, and what it costs beside its peers.

The parts are programs of benchmarks/runtime, each in an interpreter of its own. Peers that are not
installed are named. BRAID_BARS_PART: which part of the rounds is taken (1). With names, only those
parts run.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "benchmarks" / "runtime"
PARTS = ("promises", "ends", "large", "goals")


def main():
    environment = dict(os.environ)
    if "BRAID_PACKAGE" not in environment:
        binary = pathlib.Path(environment["BRAID"])
        environment["BRAID_PACKAGE"] = str(binary.parent.parent / "python")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what an import costs is one of the figures
    status = 0
    for part in sys.argv[1:] or PARTS:
        print(f"{part}: load {os.getloadavg()[0]:.1f}", flush=True)
        done = subprocess.run(
            [sys.executable, FOLDER / f"{part}.py"],
            cwd=ROOT,
            env={
                **environment,
                # Workers import what functions of these programs' modules need, too.
                "PYTHONPATH": os.pathsep.join(
                    [environment["BRAID_PACKAGE"], str(FOLDER), str(ROOT / "tests" / "runtime")]
                ),
            },
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode != 0:
            print(f"{part} ended with status {done.returncode}", flush=True)
            status = 1
    sys.exit(status)


if __name__ == "__main__":
    main()
