"""The build's own scripts refuse what they must refuse."""

import hashlib
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from repository import ROOT


def run(*command, **options):
    return subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )


@pytest.fixture
def copy(tmp_path):
    """A tree that holds only the tools, with an index of source packages of its own."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    package = tmp_path / "thing-1.0"
    package.mkdir()
    (package / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
    (package / "setup.py").write_text(
        "from setuptools import setup\nsetup(name='thing', version='1.0')\n"
    )
    index = tmp_path / "index"
    index.mkdir()
    shutil.make_archive(index / "thing-1.0", "gztar", tmp_path, "thing-1.0")
    return tmp_path


def fetch(tree, digest):
    (tree / "sources.lock").write_text(f"# comment\ngoods thing 1.0 thing-1.0.tar.gz {digest}\n")
    return run(
        sys.executable,
        tree / "tools/fetch_sources",
        "--into",
        tree / "sources",
        env={"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tree / "index")},
    )


def digest_of(tree):
    return hashlib.sha256((tree / "index/thing-1.0.tar.gz").read_bytes()).hexdigest()


def test_a_source_package_with_the_right_hash_is_unpacked(copy):
    answer = fetch(copy, digest_of(copy))
    assert answer.returncode == 0, answer.stdout
    assert (copy / "sources/goods/setup.py").is_file()
    assert [path.name for path in (copy / "sources").iterdir()] == ["goods"]


def test_a_source_package_with_another_hash_is_refused(copy):
    answer = fetch(copy, "0" * 64)
    assert answer.returncode != 0
    assert not (copy / "sources/goods").exists()


def test_a_source_package_that_is_there_is_left_alone(copy):
    digest = digest_of(copy)
    fetch(copy, digest)
    shutil.rmtree(copy / "index")
    answer = fetch(copy, digest)
    assert (answer.returncode, answer.stdout) == (0, "")


def test_a_changed_lock_renews_a_source_package(copy):
    fetch(copy, digest_of(copy))
    (copy / "thing-1.0" / "more.c").write_text("int more;\n")
    shutil.make_archive(copy / "index" / "thing-1.0", "gztar", copy, "thing-1.0")
    answer = fetch(copy, digest_of(copy))
    assert answer.returncode == 0, answer.stdout
    assert (copy / "sources/goods/more.c").is_file()


def test_pages_survive_being_compiled_in(tmp_path):
    text = 'a "quoted" \\ ??/ line\n\ttab\nlast, without a line end: ä'
    page = tmp_path / "BR999.md"
    page.write_text(text, encoding="utf-8")
    out = tmp_path / "pages.cc"
    answer = run(sys.executable, ROOT / "tools/compile_pages", "-o", out, page)
    assert answer.returncode == 0, answer.stdout
    (tmp_path / "diagnostics").mkdir()
    (tmp_path / "diagnostics/pages.h").write_text(
        "#pragma once\n#include <string_view>\nnamespace braid::diagnostics {\n"
        "enum class Code { one = 999, two = 1 };\nstd::string_view page(Code code);\n}\n"
    )
    (tmp_path / "main.cc").write_text(
        '#include "diagnostics/pages.h"\n#include <cstdio>\nusing namespace braid::diagnostics;\n'
        "int main() {\n  if (!page(Code::two).empty()) return 1;\n"
        "  const auto text = page(Code::one);\n"
        "  std::fwrite(text.data(), 1, text.size(), stdout);\n}\n"
    )
    program = tmp_path / "program"
    answer = run("g++", "-std=c++20", "-I", tmp_path, tmp_path / "main.cc", out, "-o", program)
    assert answer.returncode == 0, answer.stdout
    assert subprocess.run([program], stdout=subprocess.PIPE, check=True).stdout.decode() == text


@pytest.mark.parametrize("name", ["setup", "cmake_build", "lint"])
def test_shell_scripts_are_plain_sh(name):
    assert run("sh", "-n", ROOT / "tools" / name).returncode == 0


def test_setup_refuses_what_it_does_not_know():
    answer = run(ROOT / "tools/setup", "everything")
    assert answer.returncode == 2
    assert "usage" in answer.stdout


def test_every_tool_can_be_run():
    for path in (ROOT / "tools").iterdir():
        if path.is_file():
            assert path.stat().st_mode & 0o111, path.name
            assert pathlib.Path(path).read_bytes().startswith(b"#!"), path.name


def test_the_table_of_wheels_names_every_version():
    tool = (ROOT / "tools/wheels").read_text(encoding="utf-8")
    begin, end = re.search(r'BEGIN, END = "(.*)\\n", "(.*)\\n"', tool).groups()
    page = (ROOT / "docs/runtime.md").read_text(encoding="utf-8")
    rows = page.split(begin)[1].split(end)[0].strip().splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == [f"3.{minor}" for minor in range(9, 15)]
    assert all("built and tested" in row or "untested" in row for row in rows)
