"""Draws in worker processes: no two iterations get the same numbers because a fork copied them."""

import multiprocessing
import subprocess
import sys

import pytest

from command_line import braid

SCRIPT = """\
import {module}


def walk(steps):
    for _ in range(steps):
        {draw}
    return float({draw})


def main():
    ends = []
    print({draw} < 1)
    for _ in range(8):
        ends.append(walk(20000))
    print(len(set(ends)))


if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.parametrize("module, draw", [("random", "random.random()"),
                                          ("numpy as np", "np.random.random()")])
def test_iterations_draw_different_numbers(tmp_path, module, draw, method):
    script = tmp_path / "walks.py"
    script.write_text(SCRIPT.format(module=module, draw=draw), encoding="utf-8")
    fixed = tmp_path / "fixed.py"
    done = braid("fix", "--assume", "all", "--workers", "2", str(script), "-o", str(fixed))
    assert done.returncode == 0, done.stderr
    text = fixed.read_text(encoding="utf-8")
    assert "ProcessPoolExecutor(" in text
    start = "import multiprocessing\n" + text.replace(
        'if __name__ == "__main__":\n',
        f'if __name__ == "__main__":\n    multiprocessing.set_start_method("{method}")\n')
    fixed.write_text(start, encoding="utf-8")
    ran = subprocess.run([sys.executable, str(fixed)], capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stdout) == (0, "True\n8\n"), ran.stderr


def test_what_names_a_seed_stays_in_order(tmp_path):
    script = tmp_path / "walks.py"
    text = SCRIPT.format(module="random", draw="random.random()")
    script.write_text(text.replace("    ends = []", "    random.seed(3)\n    ends = []"), encoding="utf-8")
    done = braid("fix", "--assume", "all", str(script))
    assert done.returncode == 0 and "ProcessPoolExecutor" not in done.stdout
