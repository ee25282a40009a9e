"""The same program from `make install` and from `pip install .`, each usable where it lands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.search(
    r"project\(braid VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
).group(1)

pytestmark = pytest.mark.timeout(1800)  # one of them builds the package


def run(*command, **options):
    answer = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )
    assert answer.returncode == 0, answer.stdout
    return answer.stdout


def test_make_install_puts_program_data_and_man_page(tmp_path):
    run("make", "install", f"PREFIX={tmp_path}", cwd=ROOT)
    assert run(tmp_path / "bin/braid", "--version") == f"braid {VERSION}\n"
    assert list((tmp_path / "share/braid/knowledge").glob("*.toml"))
    assert list((tmp_path / "share/doc/braid/diagnostics").glob("BR*.md"))
    page = (tmp_path / "share/man/man1/braid.1").read_text(encoding="utf-8")
    for command in ("check", "fix", "verify", "run", "explain", "show"):
        assert f'.SH "BRAID {command.upper()}"' in page


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment that has nothing but Braid, from this tree, which is built for it."""
    scratch = tmp_path_factory.mktemp("pip")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    # The build's own requirements are those of requirements/test.txt, so nothing is fetched.
    run(*pip, "wheel", "--no-build-isolation", "--no-deps", "--no-index", "-w", scratch, ROOT)
    (wheel,) = scratch.glob("braid-*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", scratch / "environment")
    bin_folder = scratch / "environment" / "bin"
    run(*pip, "--python", bin_folder / "python3", "install", "--no-index", "--no-deps", wheel)
    return bin_folder


def test_pip_gives_the_same_program(environment):
    assert run(environment / "braid", "--version") == f"braid {VERSION}\n"
    assert (environment / "braid").read_bytes()[:4] == b"\x7fELF"
    assert run(environment / "python3", "-m", "braid", "--version") == f"braid {VERSION}\n"


def test_the_package_knows_its_version_and_is_typed(environment):
    program = "import braid, pathlib; print(braid.__version__, pathlib.Path(braid.__file__).parent)"
    version, folder = run(environment / "python3", "-c", program).split()
    assert version == VERSION
    assert (Path(folder) / "py.typed").is_file()


def test_the_engine_of_the_parallel_map_comes_along(environment):
    program = "import braid; print(braid.map(abs, [-1, 2], backend='processes', workers=2))"
    assert run(environment / "python3", "-c", program) == "[1, 2]\n"
    (module,) = environment.parent.glob("lib/python3*/site-packages/braid/_engine.*.so")
    assert not list(module.parent.glob("*.cc"))


def test_the_program_uses_the_interpreter_beside_it(environment, tmp_path):
    script = tmp_path / "where.py"
    script.write_text("import sys\nprint(sys.prefix)\n", encoding="utf-8")
    elsewhere = {name: text for name, text in os.environ.items() if name != "VIRTUAL_ENV"}
    printed = run(environment / "braid", "run", script, cwd=tmp_path, env=elsewhere)
    assert Path(printed.strip()) == environment.parent
