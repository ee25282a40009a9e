"""What the command line takes and how it answers."""

import os
import pty
import re
import subprocess

import pytest
from command_line import BRAID, LOOP, ROOT, braid, environment

COMMANDS = ("check", "fix", "verify", "run", "explain", "show", "completion")


def test_help_names_every_command_and_each_has_examples():
    general = braid("--help")
    assert general.returncode == 0
    assert general.stderr == ""
    assert braid("help").stdout == general.stdout
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", general.stdout, re.MULTILINE)
        own = braid(command, "--help")
        assert own.returncode == 0
        assert f"Usage: braid {command}" in own.stdout
        assert f"Examples:\n  braid {command}" in own.stdout


def test_help_fits_a_screen():
    for command in COMMANDS:
        assert max(map(len, braid(command, "--help").stdout.splitlines())) <= 100


def test_the_guide_names_every_command_and_option():
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"braid {command}" in guide
        for option in re.findall(
            r"^  (?:-\w, )?(--[a-z-]+)", braid(command, "--help").stdout, re.MULTILINE
        ):
            assert option in guide or option == "--help", option


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["check"],
        ["check", "--nonsense", "x.py"],
        ["check", "--format", "yaml", "x.py"],
        ["check", "--target-version", "2.7", "x.py"],
        ["fix", "x.py", "--workers", "none"],
        ["fix", "x.py", "--backend", "gpu"],
        ["fix", "-", "--in-place"],
        ["fix", "x.py", "--in-place", "-o", "y.py"],
        ["verify", "-"],
        ["run", "-"],
        ["explain"],
        ["explain", "BR999"],
        ["show", "nonsense", "x.py"],
    ],
)
def test_wrong_usage_is_2_and_begins_with_braid(words):
    answer = braid(*words)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith("braid: ")


def test_explain_prints_the_page():
    page = (ROOT / "docs" / "diagnostics" / "BR201.md").read_text(encoding="utf-8")
    for spelling in ("BR201", "br201", "201"):
        answer = braid("explain", spelling)
        assert (answer.returncode, answer.stdout) == (0, page)


def test_version_is_the_projects():
    listed = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    version = re.search(r"project\(braid VERSION ([0-9.]+)", listed).group(1)
    assert braid("--version").stdout == f"braid {version}\n"


def test_show_prints_each_stage(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    for stage, expected in (
        ("syntax", "For"),
        ("scopes", "answer  local"),
        ("effects", "rests on requests.get"),
        ("dependences", "site x.py:4:5 for"),
        ("plan", "site x.py:4:5 for"),
    ):
        answer = braid("show", stage, "x.py", cwd=tmp_path)
        assert answer.returncode == 0
        assert expected in answer.stdout
    assert "For" in braid("show", "syntax", "-", stdin=LOOP).stdout


def test_completions_are_scripts_of_their_shell():
    for shell in ("bash", "zsh", "fish"):
        script = braid("completion", shell)
        assert script.returncode == 0
        assert "target-version" in script.stdout
    syntax = subprocess.run(
        ["bash", "-n"],
        input=braid("completion", "bash").stdout,
        text=True,
        capture_output=True,
        check=False,
    )
    assert (syntax.returncode, syntax.stderr) == (0, "")


def test_bash_completes_commands_options_and_values():
    script = braid("completion", "bash").stdout
    for words, expected in (
        (["braid", "ch"], {"check"}),
        (["braid", "fix", "--in"], {"--in-place"}),
        (["braid", "fix", "--backend", "p"], {"process"}),
        (["braid", "show", "sy"], {"syntax"}),
    ):
        program = (
            f"{script}\nCOMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}\n"
            "_braid; printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        answer = subprocess.run(
            ["bash", "-c", program], text=True, capture_output=True, check=False
        )
        assert set(answer.stdout.split()) == expected, answer.stderr


def test_a_full_disk_under_stdout_is_told():
    with open("/dev/full", "wb") as full:
        answer = subprocess.run([BRAID, "--help"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert answer.returncode == 2
    assert answer.stderr.startswith(b"braid: cannot write to stdout")


def test_a_reader_that_left_ends_it_quietly(tmp_path):
    (tmp_path / "x.py").write_text(LOOP * 500)
    process = subprocess.Popen(
        [BRAID, "check", "x.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() in (-13, 0)


def test_colour_only_on_a_terminal(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)

    def on_a_terminal(**more):
        master, slave = pty.openpty()
        with subprocess.Popen(
            [BRAID, "check", "x.py"],
            cwd=tmp_path,
            stdout=slave,
            env=environment(TERM="xterm", **more),
        ) as process:
            process.wait()
        os.close(slave)
        shown = os.read(master, 1 << 16)
        os.close(master)
        return shown

    assert b"\x1b[" in on_a_terminal()
    assert b"\x1b[" not in on_a_terminal(NO_COLOR="1")
    assert "\x1b[" not in braid("check", "x.py", cwd=tmp_path).stdout
