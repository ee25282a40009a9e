"""Lower rooms never include higher ones, and only one room knows each outside library."""

import re

import pytest
from repository import BESIDE, ROOT, STAIRCASE, allowed, files

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)

# Outside headers that are the business of one room.
SOLE_USERS = {
    "tree_sitter/": {"syntax"},
    "toml++/": {"base"},
    "CLI/": {"cli"},
    "nlohmann/": {"report", "verify", "cli"},
    "curl/": {"fanout"},
    "sqlite3.h": {"runtime"},
    "Python.h": set(),
    "nanobind/": set(),
}


def rooms():
    return [room for room in (*STAIRCASE, *BESIDE) if (ROOT / "src" / room).is_dir()]


def includes(room):
    for path in files(f"src/{room}"):
        if path.suffix in (".cc", ".h", ".def"):
            for bracket, name in INCLUDE.findall(path.read_text(encoding="utf-8")):
                yield path.relative_to(ROOT), bracket, name


def test_every_folder_is_a_room():
    folders = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
    assert folders <= {*STAIRCASE, *BESIDE}


@pytest.mark.parametrize("room", rooms())
def test_no_room_includes_a_higher_one(room):
    wrong = [
        f"{path} includes {name}"
        for path, bracket, name in includes(room)
        if bracket == '"' and name.split("/")[0] not in allowed(room)
    ]
    assert wrong == []


@pytest.mark.parametrize("room", rooms())
def test_includes_name_their_room(room):
    """From src/ on, so that no include can mean two files."""
    wrong = [
        f"{path} includes {name}"
        for path, bracket, name in includes(room)
        if bracket == '"' and not (ROOT / "src" / name).is_file()
    ]
    assert wrong == []


@pytest.mark.parametrize("room", rooms())
def test_outside_libraries_stay_in_their_rooms(room):
    wrong = [
        f"{path} includes {name}"
        for path, _, name in includes(room)
        for prefix, users in SOLE_USERS.items()
        if name.startswith(prefix) and room not in users
    ]
    assert wrong == []


@pytest.mark.parametrize("room", rooms())
def test_each_room_has_a_front_header(room):
    sources = [path for path in files(f"src/{room}") if path.suffix == ".cc"]
    assert not sources or (ROOT / "src" / room / f"{room}.h").is_file()


def test_the_build_has_the_same_staircase():
    """src/CMakeLists.txt adds each room to `below` only after the room itself."""
    text = (ROOT / "src/CMakeLists.txt").read_text(encoding="utf-8")
    order = re.findall(r"^room\((\w+)", text, re.MULTILINE)
    assert order == [*STAIRCASE[:-1], *BESIDE, STAIRCASE[-1]]
    below = re.findall(r"^(?:set|list\(APPEND)(?:\(below | below )(\w+)\)", text, re.MULTILINE)
    assert below == list(STAIRCASE[:-1])
    for room, uses in BESIDE.items():
        line = re.search(rf"^room\({room} USES ([a-z ]+)", text, re.MULTILINE)
        assert set(line.group(1).split()) == uses
