"""Files stay short enough to be read at one sitting."""

from repository import ROOT, code_files

MOST_LINES = 500
MOST_COLUMNS = 100

# A file that is longer, and why.
LONGER = {
    "src/verify/bootstrap.py": "one text, run before the script, that can import nothing of its own",
    "src/verify/scheduling.py": "the same, for executors that choose the order of tasks",
    "tools/compile_knowledge": "one language, checked and compiled",
}


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def test_no_file_is_long_without_a_reason():
    long = {
        str(path.relative_to(ROOT)): len(lines_of(path))
        for path in code_files()
        if len(lines_of(path)) > MOST_LINES
        and not path.is_relative_to(ROOT / "tests")  # tables of programs and samples
    }
    assert {name: lines for name, lines in long.items() if name not in LONGER} == {}


def test_no_exception_is_stale():
    names = {str(path.relative_to(ROOT)) for path in code_files()}
    stale = [
        name for name in LONGER if name not in names or len(lines_of(ROOT / name)) <= MOST_LINES
    ]
    assert stale == []


def test_no_line_is_wide():
    wide = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in code_files()
        if path.suffix in (".cc", ".h")  # formatted; elsewhere tables have one row a line
        and path.is_relative_to(ROOT / "src")
        and path.name != "completion.cc"  # a shell's own text in a raw string
        for number, line in enumerate(lines_of(path), 1)
        if len(line) > MOST_COLUMNS
    ]
    assert wide == []
