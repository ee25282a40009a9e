"""Reads the tables of docs/peers.md: what differs, and is meant to."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "peers.md"


def table(heading):
    """[(the name in the first column, the second column)] of the table under a heading."""
    rows = []
    inside = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            inside = line.lstrip("#").strip().startswith(heading)
        elif inside and line.startswith("| `"):
            name, second, *_ = (cell.strip() for cell in line.strip("|").split("|"))
            rows.append((name.strip("`"), second))
    return rows


def is_listed(name, listed):
    return any(
        name.startswith(entry[:-1]) if entry.endswith("*") else name == entry for entry in listed
    )


def judge(outcomes, listed):
    """What speaks against the page: (tests that fail and are not in it, entries that pass)."""
    unlisted = {
        name: text
        for name, text in outcomes.items()
        if text != "ok" and not is_listed(name, listed)
    }
    bad = [name for name, text in outcomes.items() if text != "ok"]
    idle = [entry for entry in listed if not any(is_listed(name, [entry]) for name in bad)]
    return unlisted, idle
