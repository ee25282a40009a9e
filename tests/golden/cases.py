"""The golden cases: what Braid says of a script, what it makes of it, and that both do the same.

A case is a file NAME.py in a folder below this one, with up to four companions:

    NAME.expected.txt   what `braid check NAME.py` prints
    NAME.expected.py    what `braid fix` makes of it; absent: it must be left alone
    NAME.files/         what lies beside the script when it runs: modules, inputs
    NAME.options        lines `fix: …` (options of fix), `arguments: …`, `stdin: …`

Scripts find stand-ins for libraries that reach the network in ../libraries; they answer at once, and
later calls often before earlier ones.
"""

import atexit
import dataclasses
import functools
import hashlib
import importlib.util
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BRAID = os.environ.get("BRAID", str(ROOT / "build" / "release" / "bin" / "braid"))
PACKAGE = os.environ.get("BRAID_PACKAGE", str(ROOT / "build" / "release" / "python"))
STAND_INS = HERE.parent / "libraries"
START_METHODS = ("fork", "forkserver", "spawn")
NOT_TOPICS = {"rewrite"}  # it has pairs of its own
SECONDS = 120


@dataclasses.dataclass
class Case:
    path: pathlib.Path

    @property
    def name(self):
        return f"{self.path.parent.name}/{self.path.stem}"

    def companion(self, ending):
        return self.path.parent / f"{self.path.stem}{ending}"

    def option(self, name):
        file = self.companion(".options")
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        wanted = [line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:")]
        return wanted[0] if wanted else ""

    def read(self, ending):
        file = self.companion(ending)
        return file.read_bytes() if file.exists() else None


def find_cases():
    return [
        Case(path)
        for path in sorted(HERE.glob("*/*.py"))
        if path.parent.name not in NOT_TOPICS and not path.name.endswith(".expected.py")
    ]


def find_interpreters():
    """The oldest and the newest Python found, and python3."""
    found = {}
    places = [pathlib.Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    candidates = [place / f"python3.{minor}" for minor in range(9, 16) for place in places]
    candidates += sorted(pathlib.Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    candidates += [place / "python3" for place in places]
    for candidate in candidates:
        if not os.access(candidate, os.X_OK):
            continue
        answer = subprocess.run(
            [candidate, "-c", "import sys; print(*sys.version_info[:2])"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if answer.returncode == 0:
            version = tuple(map(int, answer.stdout.split()))
            if version >= (3, 9):
                found.setdefault(version, str(candidate))
    versions = sorted(found)
    chosen = {versions[0], versions[-1]} | ({(3, 11)} & set(versions))
    return {f"{major}.{minor}": found[major, minor] for major, minor in sorted(chosen)}


class Folder:
    """A temporary folder with the case in it, as NAME.py."""

    def __init__(self, case):
        self.case = case

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="golden-"))
        files = self.case.companion(".files")
        if files.is_dir():
            shutil.copytree(files, self.path, dirs_exist_ok=True)
        self.script = self.path / self.case.path.name
        self.script.write_bytes(self.case.path.read_bytes())
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def braid(self, *words, stdin=b""):
        nobody = str(self.path / ".nobody")
        environment = {"PATH": os.environ["PATH"], "HOME": nobody, "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            [BRAID, words[0], "--python", sys.executable, *words[1:]],
            cwd=self.path,
            env=environment,
            input=stdin,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )

    def check(self):
        answer = self.braid("check", "--target-version", "3.9", self.script.name)
        return answer.stdout + answer.stderr

    def fix(self, text, *more):
        """(the rewritten text or None when it is left alone, the whole answer)."""
        self.script.write_bytes(text)
        options = [*shlex.split(self.case.option("fix")), *more]
        answer = self.braid("fix", "--target-version", "3.9", *options, "-o", "-", self.script.name)
        return (None if answer.stdout == text else answer.stdout), answer


def digest(path):
    if path.is_symlink():
        return f"link to {os.readlink(path)}"
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def state_of(folder):
    return {
        str(path.relative_to(folder)): digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def last_line(text):
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def imports_package(name, text):
    return f"import {name}".encode() in text or f"from {name} import".encode() in text


@functools.lru_cache(maxsize=None)
def folder_of(*names):
    """Where these packages of this interpreter are found, and nothing else is."""
    folder = tempfile.mkdtemp(prefix="golden-libraries-")
    atexit.register(shutil.rmtree, folder)
    for name in names:
        package = os.path.dirname(importlib.util.find_spec(name).origin)
        os.symlink(package, os.path.join(folder, name))
    return folder


def libraries_of(text):
    libraries = []
    if imports_package("braid", text):
        libraries += [PACKAGE, folder_of("cloudpickle")]
    if imports_package("joblib", text):
        libraries.append(folder_of("joblib", "cloudpickle"))
    return libraries


def execute(case, text, python, start_method=None):
    """All that the outside sees of one run of the text in the case's place."""
    with Folder(case) as folder:
        folder.script.write_bytes(text)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder.path),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join([str(STAND_INS), *libraries_of(text)]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
        }
        if start_method:
            environment["START_METHOD"] = start_method
        answer = subprocess.run(
            [python, folder.script.name, *shlex.split(case.option("arguments"))],
            cwd=folder.path,
            env=environment,
            input=case.option("stdin").encode().decode("unicode_escape").encode("latin-1"),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        files = state_of(folder.path)
        files.pop(folder.script.name)
        return {
            "status": answer.returncode,
            "stdout": answer.stdout.decode("utf-8", "replace"),
            "last line of stderr": last_line(answer.stderr) if answer.returncode else "",
            "files": files,
        }
