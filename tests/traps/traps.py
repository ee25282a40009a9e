"""Small programs, each with a loop that one thing forbids, or seems to forbid, to run ahead.

A file in programs/ holds many, each after a line `#@@ NAME [OPTIONS of fix]`, with lines `#@file NAME: TEXT`,
`#@args …` and `#@stdin …` for what it finds; `#@prelude NAME` stands for the text of preludes/NAME.py. Whatever Braid makes of one must do the same: its output,
its files, its exit status, in every start method and when calls end in another order. Leaving it alone
is always right. The libraries in ../libraries answer from nowhere, later calls before earlier ones.
"""

import dataclasses
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BRAID = os.environ.get("BRAID", str(ROOT / "build" / "release" / "bin" / "braid"))
SECONDS = 120


@dataclasses.dataclass
class Program:
    name: str
    options: list
    files: dict
    arguments: list
    stdin: str
    lines: list

    @property
    def text(self):
        return "\n".join(self.lines).strip("\n") + "\n"


def programs():
    """All of them, in order of file and place."""
    found = []
    for path in sorted((HERE / "programs").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").split("\n"):
            word, _, rest = line.partition(" ")
            if word == "#@@":
                name, *options = shlex.split(rest)
                found.append(Program(f"{path.stem}/{name}", options, {}, [], "", []))
            elif word == "#@file":
                name, _, text = rest.partition(":")
                text = text.removeprefix(" ")
                found[-1].files[name.strip()] = text.encode().decode("unicode_escape")
            elif word == "#@args":
                found[-1].arguments = shlex.split(rest)
            elif word == "#@stdin":
                found[-1].stdin = rest.encode().decode("unicode_escape")
            elif word == "#@prelude":
                prelude = HERE / "preludes" / f"{rest.strip()}.py"
                found[-1].lines += prelude.read_text(encoding="utf-8").split("\n")
            elif found:
                found[-1].lines.append(line)
    return found


def lay_out(program, folder, text):
    for name, content in program.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (folder / "main.py").write_text(text, encoding="utf-8")


def state_of(folder):
    state = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if "__pycache__" in name or name == "main.py":
            continue
        if path.is_symlink():
            state[name] = f"link to {os.readlink(path)}"
        elif path.is_dir():
            state[name] = f"folder {path.stat().st_mode:o}"
        else:
            state[name] = f"{path.stat().st_mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return state


def told(stderr):
    """Standard error without the frames of tracebacks."""
    kept = []
    inside = quoted = False
    for line in stderr.splitlines():
        if line == '"""':  # around what a worker process says of the same exception
            quoted = not quoted
        if quoted:
            continue
        if line.startswith("Traceback"):
            inside = True
            continue
        if not line.strip() or (inside and line.startswith("  ")):
            continue
        if line.strip().startswith('"""') or "_RemoteTraceback" in line or "direct cause" in line:
            continue
        kept.append(line)
    return kept


def run(program, text, **variables):
    with tempfile.TemporaryDirectory(prefix="traps-") as place:
        folder = pathlib.Path(place)
        lay_out(program, folder, text)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": place,
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(HERE.parent / "libraries"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            **variables,
        }
        try:
            answer = subprocess.run(
                [sys.executable, "main.py", *program.arguments],
                cwd=folder,
                env=environment,
                input=program.stdin.encode(),
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"status": "it never ends"}
        seen = {
            "status": answer.returncode,
            "stdout": answer.stdout.decode("utf-8", "replace"),
            "stderr": told(answer.stderr.decode("utf-8", "replace")),
            "files": state_of(folder),
        }
        return json.loads(json.dumps(seen).replace(place, "FOLDER"))


def rewritten(program):
    """What `fix` makes of it, or nothing where it is left alone."""
    with tempfile.TemporaryDirectory(prefix="traps-") as place:
        folder = pathlib.Path(place)
        lay_out(program, folder, program.text)
        answer = subprocess.run(
            [BRAID, "fix", "--python", sys.executable, *program.options, "-o", "-", "main.py"],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": place, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    text = answer.stdout.decode()
    if answer.returncode != 0:
        return None
    return None if text == program.text else text


def judge(program):
    """`left alone`, `same`, or what is different."""
    text = rewritten(program)
    if text is None:
        return "left alone"
    original = run(program, program.text)
    if "ProcessPoolExecutor" in text:
        settings = [{}, {"START_METHOD": "spawn"}, {"START_METHOD": "forkserver"}]
    else:
        settings = [{}, {"OTHER_ORDER": "1"}]
    for setting in settings:
        other = run(program, text, **setting)
        if other == original:
            continue
        if run(program, program.text) != original:
            return "same"  # the original differs from itself
        return f"{program.name} {setting}:\n  {original}\n  {other}"
    return "same"
