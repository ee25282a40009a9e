"""Bad input and bad luck: a clear error each, and nothing lost."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

import pytest
from command_line import BRAID, LOOP, braid, check_json, environment

BLOCKS = b"".join(b" " * i + b"if x:\n" for i in range(1200)) + b" " * 1200 + b"pass\n"
BAD = {
    "missing": (None, "BR101"),
    "folder": ("folder", "BR101"),
    "nul": (b"x = 1\n\0\n", "BR102"),
    "latin-1 without a cookie": (b"x = '\xe9'\n", "BR102"),
    "latin-1 with a wrong cookie": (b"# coding: utf-8\nx = '\xe9'\n", "BR102"),
    "unknown cookie": (b"# coding: klingon\nx = 1\n", "BR102"),
    "mark and other cookie": (b"\xef\xbb\xbf# coding: latin-1\n", "BR102"),
    "UTF-16": ("x = 1\n".encode("utf-16"), "BR102"),
    "UTF-32": ("x = 1\n".encode("utf-32"), "BR102"),
    "image": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "BR102"),
    "syntax error": (b"for page in range(3)\n    print(page)\n", "BR103"),
    "Python 2": (b"for page in range(3):\n    print page\n", "BR103"),
    "open bracket": (b"x = (1,\n", "BR103"),
    "open string": (b"x = '''never ends\n", "BR103"),
    "scope error": (b"nonlocal x\n", "BR103"),
    "brackets": (b"x = " + b"[" * 10_000 + b"]" * 10_000 + b"\n", "BR104"),
    "blocks": (BLOCKS, "BR103"),
    "large": ("large", "BR101"),
}  # fmt: skip


def make(tmp_path, content):
    path = tmp_path / "x.py"
    if content == "folder":
        path.mkdir()
    elif content == "large":
        with open(path, "wb") as file:
            file.write(b"x = 1\n" * (100 * 1024 * 1024 // 6))
    elif content is not None:
        path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", BAD)
def test_fix_refuses_and_writes_nothing(tmp_path, name):
    content, code = BAD[name]
    make(tmp_path, content)
    before = sorted(os.listdir(tmp_path))
    for words in (["-o", "y.py"], ["--in-place"], []):
        answer = braid("fix", "x.py", *words, cwd=tmp_path)
        assert answer.returncode == 2
        assert answer.stdout == ""
        assert answer.stderr.startswith("braid: ")
        assert "x.py" in answer.stderr
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("name", [name for name in BAD if name != "folder"])
def test_check_reports_it_and_the_others(tmp_path, name):
    content, code = BAD[name]
    make(tmp_path, content)
    (tmp_path / "y.py").write_text(LOOP)
    status, document = check_json("x.py", "y.py", cwd=tmp_path)
    assert status == 2
    assert {error["path"] for error in document["errors"]} == {"x.py"}
    assert code in {error["code"] for error in document["errors"]}
    assert {site["path"] for site in document["sites"]} == {"y.py"}
    if content is not None:
        status, document = check_json(".", cwd=tmp_path)
        assert status == 0
        assert {error["path"] for error in document["errors"]} == {"./x.py"}


def test_a_mistake_leaves_other_loops_reported(tmp_path):
    (tmp_path / "x.py").write_text(
        LOOP + "\nfor page in range(3):\n    save(get(page)\n    count += 1\n"
    )
    status, document = check_json("x.py", cwd=tmp_path)
    assert status == 2
    assert [error["code"] for error in document["errors"]] == ["BR103"]
    assert 4 in [site["line"] for site in document["sites"]]


def unprivileged(words, **how):
    """The command as a user who is not root (root may read and write everything)."""
    if os.geteuid() == 0:
        how |= {"user": 65534, "group": 65534, "extra_groups": []}
    return subprocess.run(words, capture_output=True, check=False, timeout=300, **how)


@pytest.fixture
def open_folder(tmp_path):
    """A folder that another user may enter."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder.stat().st_mode & 0o055 != 0o055:
            folder.chmod(folder.stat().st_mode | 0o055)
    return tmp_path


@pytest.fixture
def reachable_braid(open_folder):
    """The binary where another user can run it."""
    copy = open_folder / "bin" / "braid"
    copy.parent.mkdir(mode=0o755)
    copy.write_bytes(pathlib.Path(BRAID).read_bytes())
    copy.chmod(0o755)
    return copy


def test_unreadable_files_and_folders(open_folder, reachable_braid):
    project = open_folder / "project"
    (project / "closed").mkdir(parents=True)
    (project / "x.py").write_text(LOOP)
    (project / "x.py").chmod(0)
    (project / "closed").chmod(0)
    project.chmod(0o755)
    answer = unprivileged([reachable_braid, "check", "--format", "json", "."], cwd=project)
    (project / "closed").chmod(0o755)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count(b'"code":"BR101"') == 2
    answer = unprivileged([reachable_braid, "check", "x.py"], cwd=project)
    assert answer.returncode == 2
    assert b"Permission denied" in answer.stdout


def test_a_read_only_folder_keeps_the_file(open_folder, reachable_braid):
    project = open_folder / "project"
    project.mkdir()
    (project / "x.py").write_text(LOOP)
    (project / "x.py").chmod(0o644)
    project.chmod(0o555)
    env = environment(HOME=str(open_folder / "nowhere"))
    for words in (["--in-place"], ["-o", "y.py"]):
        answer = unprivileged([reachable_braid, "fix", "x.py", *words], cwd=project, env=env)
        assert answer.returncode == 2
        assert answer.stderr.startswith(b"braid: cannot write ")
    assert os.listdir(project) == ["x.py"]
    assert (project / "x.py").read_text() == LOOP


def test_a_read_only_file_is_not_replaced(open_folder, reachable_braid):
    project = open_folder / "project"
    project.mkdir()
    project.chmod(0o777)
    (project / "x.py").write_text(LOOP)
    (project / "x.py").chmod(0o444)
    answer = unprivileged(
        [reachable_braid, "fix", "x.py", "--in-place"],
        cwd=project,
        env=environment(HOME="/nowhere"),
    )
    assert answer.returncode == 2
    assert b"Permission denied" in answer.stderr
    assert (project / "x.py").read_text() == LOOP


def test_a_full_disk_keeps_the_file(tmp_path):
    """In a file system of its own; where mounting is not allowed, a size limit takes its place."""
    script = LOOP + "# " + "x" * 50_000 + "\n"
    full = f"""
set -e
mkdir -p disk
if mount -t tmpfs -o size=64k none disk 2>/dev/null; then :; else ulimit -f 60; trap '' XFSZ; fi
cat > disk/x.py
cp disk/x.py before.py
for words in --in-place '-o disk/y.py'; do
  if {BRAID} fix disk/x.py $words 2>> told; then echo written; fi
done
cmp disk/x.py before.py
ls -A disk
"""
    answer = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", full],
        input=script.encode(), capture_output=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    if answer.returncode != 0 and b"unshare" in answer.stderr:
        answer = subprocess.run(
            ["sh", "-c", full],
            input=script.encode(),
            capture_output=True,
            cwd=tmp_path,
            check=False,
        )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == b"x.py\n"
    told = (tmp_path / "told").read_text().splitlines()
    assert len([line for line in told if line.startswith("braid: cannot write disk/")]) == 2


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_leaves_no_part_of_a_file(tmp_path, sent):
    (tmp_path / "x.py").write_text(LOOP)
    fake = tmp_path / "slow"
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    process = subprocess.Popen(
        [BRAID, "fix", "--python", str(fake), "x.py", "--in-place"],
        cwd=tmp_path,
        env=environment(HOME=str(tmp_path)),
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    time.sleep(0.5)
    os.killpg(process.pid, sent)
    process.stderr.read()
    process.stderr.close()
    assert process.wait() == -sent
    assert (tmp_path / "x.py").read_text() == LOOP
    assert sorted(os.listdir(tmp_path)) == ["slow", "x.py"]


def test_killed_at_any_time_the_file_is_old_or_new(tmp_path):
    script = LOOP + "".join(f"value_{i} = {i}\n" for i in range(2000))
    (tmp_path / "x.py").write_text(script)
    new = braid("fix", "x.py", "-o", "-", cwd=tmp_path).stdout
    seen = set()
    for step in range(40):
        (tmp_path / "x.py").write_text(script)
        process = subprocess.Popen(
            [BRAID, "fix", "x.py", "--in-place"],
            cwd=tmp_path,
            env=environment(),
            stderr=subprocess.DEVNULL,
        )
        time.sleep(step * 0.004)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        seen.add((tmp_path / "x.py").read_text())
    assert seen <= {script, new}


def test_pipes_and_devices(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    assert braid("check", "/dev/null").returncode == 0
    os.mkfifo(tmp_path / "pipe.py")
    with subprocess.Popen(["sh", "-c", "cat x.py > pipe.py"], cwd=tmp_path):
        _, document = check_json("pipe.py", cwd=tmp_path)
    assert [site["path"] for site in document["sites"]] == ["pipe.py"]
    _, document = check_json(".", cwd=tmp_path)
    assert {site["path"] for site in document["sites"]} == {"./x.py"}
    assert braid("fix", "x.py", "-o", "/dev/null", cwd=tmp_path).returncode == 0
    assert braid("fix", "x.py", "-o", "/dev/full", cwd=tmp_path).returncode == 2


def test_a_pipe_beside_the_script_is_not_waited_for(tmp_path):
    """Who imports the script is looked up in the files around it."""
    (tmp_path / "x.py").write_text(
        "def slow(n):\n"
        "    total = 0\n"
        "    for i in range(n):\n"
        "        total += i * n\n"
        "    return total\n\n"
        "for k in range(8):\n"
        "    print(slow(k))\n"
    )
    (tmp_path / "inner").mkdir()
    os.mkfifo(tmp_path / "inner" / "pipe.py")
    assert "ProcessPoolExecutor" in braid("fix", "x.py", cwd=tmp_path, timeout=60).stdout


def test_a_closed_stdin_or_stdout(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    for words in (["check", "x.py"], ["check", "-"], ["fix", "x.py"]):
        answer = subprocess.run(
            ["sh", "-c", 'exec "$0" "$@" <&- >&-', BRAID, *words],
            cwd=tmp_path, capture_output=True, check=False, env=environment(),
        )  # fmt: skip
        assert answer.returncode == 2
        assert answer.stderr.startswith(b"braid: ")
    assert sorted(os.listdir(tmp_path)) == ["x.py"]
