"""The made-up world: it lets a right rewrite pass, and tells a wrong one."""

import os
import pathlib
import tempfile

import pytest
import same
import score

BRAID = os.environ.get("BRAID", str(score.ROOT / "build" / "release" / "bin" / "braid"))
SCRIPT = b"""\
import os

import requests

for number, name in enumerate(sorted(os.listdir("/data"))):
    answer = requests.get(f"http://example.org/{name}", timeout=9)
    with open(f"/data/{name}.answer", "w") as file:
        file.write(answer.text)
    print(number, name, answer.status_code)
requests.post("http://example.org/done", data={"last": name})
"""


@pytest.fixture
def see():
    """Runs a text in a folder that another user may enter, too."""
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        folder = pathlib.Path(scratch, "run")
        yield lambda text, weather="calm": same.run(text, weather, folder)


def test_a_script_finds_what_it_looks_for_and_leaves_its_files_in_the_box(see):
    seen = see(SCRIPT)
    assert (seen["status"], seen["last words"]) == (0, "")
    assert len(seen["output"].splitlines()) == 24
    assert "absolute/data/file0.txt.answer" in seen["files"]
    assert [line.partition("(")[0] for line in seen["journal"]] == ["call requests.post"]
    assert not os.path.exists("/data/file0.txt.answer")


def test_two_runs_are_the_same_in_all_weathers(see):
    for weather in same.WEATHERS:
        assert see(SCRIPT, weather) == see(SCRIPT, weather)
    assert see(SCRIPT, "storm")["last words"].startswith("OSError: storm")


@pytest.mark.parametrize(
    ("right", "wrong", "kinds"),
    [
        (b"enumerate(sorted(", b"enumerate(reversed(", {"output", "journal"}),
        (b"file.write(answer.text)", b"file.write(answer.url)", {"files"}),
        (b'"last": name', b'"last": number', {"journal"}),
        (b"requests.post(", b"open('late', 'w'); requests.post(", {"files"}),
        (b"requests.post(", b"raise SystemExit(3); requests.post(", {"status", "journal"}),
    ],
)
def test_a_wrong_rewrite_is_told(see, right, wrong, kinds):
    before, after = see(SCRIPT), see(SCRIPT.replace(right, wrong))
    assert {kind for kind in before if before[kind] != after[kind]} == kinds


def test_what_braid_makes_of_it_is_the_same():
    found = same.compare(BRAID, SCRIPT)
    outcomes = {weather: outcome for (_, weather), outcome, _ in found}
    fails = "fails the same"
    assert outcomes == {"calm": "same", "storm": fails, "frost": "same", "flood": fails}
