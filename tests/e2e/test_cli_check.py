"""braid check: files, folders, JSON."""

import json
import os

import pytest
from command_line import LOOP, braid, check_json

SITE_FIELDS = {
    "path", "line", "column", "end_line", "kind", "verdict", "workload", "strategy", "stages",
    "assumptions", "reasons", "estimate",
}  # fmt: skip


def paths_of(document):
    return sorted({site["path"] for site in document["sites"]})


def test_json_is_the_contract(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    status, document = check_json("x.py", cwd=tmp_path)
    assert status == 0
    assert document["version"] == 1
    assert document["errors"] == []
    (site,) = document["sites"]
    assert site.keys() >= SITE_FIELDS
    assert (site["path"], site["line"], site["column"], site["end_line"]) == ("x.py", 4, 5, 6)
    assert site["kind"] == "for"
    assert site["verdict"] == "parallel"
    assert site["workload"] == "io"
    assert site["strategy"] == "thread"
    assert site["reasons"] == []
    assert site["assumptions"] == []
    assert {"line": 5, "column": 18, "end_line": 5, "end_column": 58} in site["stages"]["run"]
    assert {"line": 4, "column": 5, "end_line": 4, "end_column": 29} in site["stages"]["split"]
    assert {"line": 6, "column": 9, "end_line": 6, "end_column": 40} in site["stages"]["merge"]
    assert site["estimate"]["iterations"] == 32
    assert site["estimate"].keys() == {"iterations", "speedup", "break_even"}


def test_columns_count_code_points(tmp_path):
    text = LOOP.replace("print(page", "print('héé', page").replace(
        "    for", "    é = 1; é\n    for"
    )
    (tmp_path / "x.py").write_text(text.replace('f"http', 'f"é😀http'))
    _, document = check_json("x.py", cwd=tmp_path)
    (site,) = document["sites"]
    assert {"line": 6, "column": 18, "end_line": 6, "end_column": 60} in site["stages"]["run"]


def test_stdin_is_a_path(tmp_path):
    status, document = check_json("-", stdin=LOOP, cwd=tmp_path)
    assert status == 0
    assert paths_of(document) == ["-"]


def test_sites_are_sorted_by_path_line_and_column(tmp_path):
    for name in ("b.py", "a.py", "c/a.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(LOOP + LOOP)
    _, document = check_json("c", "b.py", "a.py", cwd=tmp_path)
    order = [(site["path"], site["line"], site["column"]) for site in document["sites"]]
    assert len(order) == 6
    assert order == sorted(order)


def test_a_file_named_twice_is_read_once(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    _, document = check_json("x.py", "x.py", cwd=tmp_path)
    assert len(document["sites"]) == 1


def test_folders_leave_out_what_is_not_the_users(tmp_path):
    wanted = ["a.py", "p/b.py", "p/q/keep_gen.py", "tool.pyw"]
    left_out = [
        "gen_a.py", "p/gen_b.py", "build/x.py", ".hidden/x.py", "env/lib/x.py", "conda/x.py",
        "p/__pycache__/x.py", "node_modules/x.py", "notes.txt", "p/q/other_gen.py",
        "p/only_here.py",
    ]  # fmt: skip
    for name in wanted + left_out:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(LOOP)
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr\n")
    (tmp_path / "conda" / "conda-meta").mkdir()
    (tmp_path / ".gitignore").write_text("gen_*.py\nbuild/\n# comment\n*_gen.py\n/p/only_here.py\n")
    (tmp_path / "p/q/.gitignore").write_text("!keep_gen.py\n")
    _, document = check_json(".", cwd=tmp_path)
    assert paths_of(document) == sorted(f"./{name}" for name in wanted)
    _, document = check_json("p/", cwd=tmp_path)
    assert paths_of(document) == [
        "p/b.py",
        "p/gen_b.py",
        "p/only_here.py",
        "p/q/keep_gen.py",
        "p/q/other_gen.py",
    ]


def test_ignore_files_above_count_up_to_the_repositorys_root(tmp_path):
    (tmp_path / "repository/.git").mkdir(parents=True)
    (tmp_path / "repository/p").mkdir()
    (tmp_path / "repository/.gitignore").write_text("gen.py\n")
    (tmp_path / ".gitignore").write_text("a.py\n")
    for name in ("a.py", "gen.py"):
        (tmp_path / "repository/p" / name).write_text(LOOP)
    _, document = check_json("p", cwd=tmp_path / "repository")
    assert paths_of(document) == ["p/a.py"]
    _, document = check_json("p/gen.py", cwd=tmp_path / "repository")
    assert paths_of(document) == ["p/gen.py"]


def test_loops_of_links_end(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x.py").write_text(LOOP)
    (tmp_path / "a/again").symlink_to("..")
    (tmp_path / "a/self.py").symlink_to("self.py")
    (tmp_path / "a/gone.py").symlink_to("nowhere.py")
    status, document = check_json("a", cwd=tmp_path)
    assert status == 0
    assert paths_of(document) == ["a/x.py"]
    assert [error["path"] for error in document["errors"]] == ["a/gone.py", "a/self.py"]


def test_local_modules_are_read_with_their_cycles(tmp_path):
    (tmp_path / "one.py").write_text("import two\n\ndef get(page):\n    return two.fetch(page)\n")
    (tmp_path / "two.py").write_text(
        "import one\nimport requests\n\ndef fetch(page):\n    return requests.get(f'http://127.0.0.1/{page}')\n"
    )
    (tmp_path / "x.py").write_text(
        "import one\n\nfor page in range(9):\n    print(one.get(page).text)\n"
    )
    _, document = check_json("x.py", cwd=tmp_path)
    assert [site["verdict"] for site in document["sites"]] == ["parallel"]
    (tmp_path / "two.py").write_text("def fetch(page:\n")
    _, document = check_json("x.py", cwd=tmp_path)
    assert [site["verdict"] for site in document["sites"]] != ["parallel"]


def test_exit_code_tells_whether_something_would_be_rewritten(tmp_path):
    (tmp_path / "yes.py").write_text(LOOP)
    (tmp_path / "no.py").write_text("x = 0\nfor i in open('f'):\n    x = x * 3 + len(i)\n")
    assert braid("check", "--exit-code", "yes.py", cwd=tmp_path).returncode == 1
    assert braid("check", "--exit-code", "no.py", cwd=tmp_path).returncode == 0
    assert braid("check", "yes.py", cwd=tmp_path).returncode == 0
    assert braid("check", "--exit-code", "yes.py", "missing.py", cwd=tmp_path).returncode == 2


def test_marks_switch_off(tmp_path):
    (tmp_path / "x.py").write_text("# braid: off\n" + LOOP)
    _, document = check_json("x.py", cwd=tmp_path)
    (site,) = document["sites"]
    assert site["verdict"] == "unknown"
    assert [reason["code"] for reason in site["reasons"]] == ["BR701"]


def test_wrong_settings_are_told_once(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.braid]\nasume = []\n")
    (tmp_path / "x.py").write_text(LOOP)
    (tmp_path / "y.py").write_text(LOOP)
    status, document = check_json("x.py", "y.py", cwd=tmp_path)
    assert status == 2
    (error,) = document["errors"]
    assert error["code"] == "BR105"
    assert error["path"].endswith("pyproject.toml")


def test_a_file_beside_the_script_that_shadows_an_import_is_a_reason(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    (tmp_path / "queue.py").write_text("print('mine')\n")
    _, document = check_json("x.py", cwd=tmp_path)
    (site,) = document["sites"]
    assert site["verdict"] == "unknown"
    assert [reason["code"] for reason in site["reasons"]] == ["BR404"]
    assert "queue.py" in site["reasons"][0]["message"]


def test_no_interpreter_is_started(tmp_path):
    """A python3 that would leave a trace if anybody ran it."""
    fake = tmp_path / "bin" / "python3"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    fake.chmod(0o755)
    (tmp_path / "x.py").write_text(LOOP)
    env = {"PATH": str(fake.parent), "HOME": str(tmp_path)}
    assert braid("check", "x.py", cwd=tmp_path, env=env).returncode == 0
    assert not (tmp_path / "started").exists()


def test_many_files_at_once_give_the_same_as_each_alone(tmp_path):
    bodies = [
        "print(page, answer.status_code)",
        "total = answer",
        "pass",
        "print(answer.text, end='')",
    ]
    for number in range(40):
        (tmp_path / f"f{number:02}.py").write_text(
            LOOP.replace("print(page, answer.status_code)", bodies[number % 4])
        )
    together = braid("check", "--format", "json", ".", cwd=tmp_path)
    assert together.stdout == braid("check", "--format", "json", ".", cwd=tmp_path).stdout
    sites = json.loads(together.stdout)["sites"]
    for number in (0, 1, 2, 3):
        _, alone = check_json(f"./f{number:02}.py", cwd=tmp_path)
        assert alone["sites"] == [site for site in sites if site["path"] == f"./f{number:02}.py"]


@pytest.mark.parametrize("name", ["ä ö.py", "a'b.py", "a\udcffb.py", "-x.py"])
def test_odd_file_names(tmp_path, name):
    (tmp_path / name).write_text(LOOP)
    answer = braid("check", "--format", "json", "--", name, cwd=tmp_path)
    assert answer.returncode == 0
    shown = json.loads(answer.stdout)["sites"][0]["path"]
    assert shown == name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    assert os.listdir(tmp_path) == [name]
