"""The documents name the commands that there are."""

import os
import re
import subprocess

from repository import ROOT, files

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def targets():
    return set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def test_every_target_is_phony_and_explained():
    phony = set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE).group(1).split())
    assert phony == targets()
    explained = set(re.findall(r"^([a-z]+):[^#\n]*## \S", MAKEFILE, re.MULTILINE))
    assert explained == targets()


def test_documents_name_only_targets_that_exist():
    wrong = [
        f"{path.relative_to(ROOT)}: make {name}"
        for path in files()
        if path.suffix == ".md"
        for name in re.findall(
            r"(?:`|^\s*)make ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        if name not in targets()
    ]
    assert wrong == []


def test_the_readme_names_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("demo", "test"):
        assert re.search(rf"^\s*make {name}\b", text, re.MULTILINE)


def test_continuous_integration_runs_the_readmes_test_command():
    lines = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "make" in line and not line.startswith("#")] == [
        "exec make test"
    ]
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_the_version_stands_once():
    version = re.search(
        r"project\(braid VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    ).group(1)
    named = [
        str(path.relative_to(ROOT))
        for path in (*files("src", "python", "cmake"), ROOT / "pyproject.toml")
        if path.suffix in (".cc", ".h", ".py", ".toml", ".cmake")
        and re.search(rf"[\"' ]{re.escape(version)}[\"']", path.read_text(encoding="utf-8"))
    ]
    assert named == []
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_python_packages_are_pinned_and_hashed():
    for name in ("demo", "test", "lint"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        wanted = (ROOT / "requirements" / f"{name}.in").read_text(encoding="utf-8")
        pinned = dict(
            re.findall(r"^([a-z0-9.-]+)==\S+ \\\n    --hash=(sha256):", text, re.MULTILINE)
        )
        assert pinned
        for package in re.findall(r"^([a-z0-9-]+)$", wanted, re.MULTILINE):
            assert package in pinned
        assert "://" not in text


def test_source_packages_are_pinned_and_hashed():
    rows = [
        line.split()
        for line in (ROOT / "sources.lock").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert rows
    for folder, _, version, file, digest in rows:
        assert folder.isalpha()
        assert version in file
        assert re.fullmatch("[0-9a-f]{64}", digest)


def test_the_tools_say_how_they_are_used():
    for name in ("run_tests",):
        answer = subprocess.run(
            ["python3", ROOT / "tools" / name, "nonsense"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode != 0
        assert name in answer.stderr
