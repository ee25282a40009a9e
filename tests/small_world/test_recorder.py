"""What iterations were seen to share is in the static graph: on goldens and small worlds."""

import json
import os
import pathlib
import subprocess
import sys

import campaign
import execution
import grammar
import pytest
import recorder

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden"
EXAMPLES = HERE.parent.parent / "examples"
WORLDS = 1200
STEP = 240


def uncovered(found, graphs):
    """The conflicts that a loop's graph lacks."""
    for loop in found:
        edges = graphs.get(str(loop["loop"]))
        if edges is None:
            continue  # no site: nothing in it costs anything
        for kind, earlier, later, what in loop["conflicts"]:
            if not any(
                first <= a <= last and begin <= b <= end
                for first, last, begin, end in edges
                for a in earlier
                for b in later
            ):
                yield f"line {loop['loop']}: {kind} of {what} from {earlier} to {later}"


def scripts():
    for path in sorted(GOLDEN.glob("*/*.py")):
        if path.parent.name != "rewrite" and ".expected" not in path.name:
            yield pytest.param(path, id=f"{path.parent.name}/{path.stem}")
    for path in sorted(EXAMPLES.glob("*/*.py")):
        yield pytest.param(path, id=f"example/{path.stem}")


@pytest.mark.parametrize("path", list(scripts()))
def test_scripts(path, tmp_path):
    text = path.read_text(encoding="utf-8")
    files = path.with_suffix(".files")
    if files.is_dir():
        subprocess.run(["cp", "-r", f"{files}/.", tmp_path], check=True)
    script = tmp_path / path.name
    script.write_text(text, encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, HERE / "recorder.py", script.name],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(GOLDEN.parent / "libraries")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        timeout=120,
        check=True,
    )
    made = campaign.ask([grammar.Program("", "", text)])[0]
    assert list(uncovered(json.loads(answer.stdout)["loops"], made["graphs"])) == []


# Files that other tests left open may be collected while this one runs.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_small_worlds():
    programs = list(grammar.programs(WORLDS * STEP, 0, STEP))
    lacking = []
    conflicts = 0
    for program, made in zip(programs, campaign.ask(programs)):
        seen = recorder.Recorder()
        execution.extra_builtins["__recorder__"] = seen
        code = recorder.instrumented(program.text, "world.py")
        execution.execute(code, execution.Setting(), [])
        found = seen.report()
        conflicts += sum(len(loop["conflicts"]) for loop in found)
        lacking += [(program.text, each) for each in uncovered(found, made["graphs"])]
    assert conflicts > WORLDS / 2
    assert not lacking, "\n".join(lacking[0])


def test_a_missing_edge_is_noticed():
    text = "rows = [1]\nfor n in range(3):\n    rows.append(rows[-1] + n)\n"
    seen = recorder.Recorder()
    exec(recorder.instrumented(text, "script.py"), {"__recorder__": seen})
    found = seen.report()
    kinds = {conflict[0] for conflict in found[0]["conflicts"]}
    assert kinds == {"flow", "anti", "output"}
    assert list(uncovered(found, {"2": [[3, 3, 3, 3]]})) == []
    assert len(list(uncovered(found, {"2": []}))) == 3
