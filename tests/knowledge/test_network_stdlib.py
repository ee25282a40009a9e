"""The modules that wait: names against the running library, claims against calls over the loopback
interface (calls_network/*.py), on every interpreter found."""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import rows
from test_names import MOST_UNKNOWN, from_elsewhere, is_unknown, public_names
from walk import HERE

MODULES = """
urllib.request urllib.parse urllib.error urllib.robotparser urllib.response http http.client
http.server http.cookies http.cookiejar socket ssl smtplib ftplib imaplib poplib telnetlib subprocess
sqlite3 threading concurrent.futures multiprocessing multiprocessing.pool multiprocessing.dummy
multiprocessing.shared_memory asyncio queue select selectors socketserver xmlrpc.client
xmlrpc.server webbrowser xml.etree.ElementTree xml.dom.minidom xml.sax xml.sax.handler
xml.sax.saxutils html html.parser html.entities email email.message email.mime.text
email.mime.multipart email.mime.base email.header email.utils email.encoders email.parser
email.policy email.generator email.errors email.charset mimetypes
""".split()
LIBRARIES = """
urllib http socket ssl smtplib ftplib imaplib poplib subprocess sqlite3 select threading concurrent
multiprocessing queue socketserver xmlrpc html mimetypes xml.etree xml.dom xml.sax email asyncio
""".split()
LEAST_OBSERVED = 0.50  # by these calls alone; test_claims.py counts the whole library
VERSIONS = [(3, minor) for minor in range(9, 15)]


@pytest.fixture(scope="module")
def book():
    return rows.Book(rows.standard_files())


@pytest.mark.parametrize("module", [name for name in MODULES if name != "telnetlib" or
                                    importlib.util.find_spec(name)])
def test_public_names_are_described(book, module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # telnetlib is on its way out
        loaded = importlib.import_module(module)
    names = public_names(loaded)
    missing = [name for name in names if not book.described(module + "." + name)
               and not is_unknown(book, module + "." + name)
               and not from_elsewhere(book, getattr(loaded, name, None))
               and not is_imported(loaded, name)]
    assert missing == []
    unknown = [name for name in names if is_unknown(book, module + "." + name)]
    assert len(unknown) <= MOST_UNKNOWN * len(names), unknown


def is_imported(module, name):
    """Without __all__, a name of another package is only there because the module uses it."""
    home = getattr(getattr(module, name), "__module__", None) or module.__name__
    return not hasattr(module, "__all__") and home.split(".")[0] != module.__name__.split(".")[0]


def interpreters():
    """One of each version, from PATH and pyenv."""
    places = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    found = {sys.version_info[:2]: sys.executable}
    candidates = [place / ("python3.%d" % minor) for _, minor in VERSIONS for place in places]
    for candidate in candidates + sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3")):
        if not os.access(candidate, os.X_OK):
            continue
        asked = subprocess.run([candidate, "-c", "import sys; print(*sys.version_info[:2])"],
                               capture_output=True, text=True)
        if asked.returncode == 0:
            found.setdefault(tuple(map(int, asked.stdout.split())), str(candidate))
    return {"3.%d" % minor: found[3, minor] for _, minor in VERSIONS if (3, minor) in found}


INTERPRETERS = interpreters()


@pytest.fixture(scope="module", params=sorted(INTERPRETERS))
def walked(request, tmp_path_factory):
    out = tmp_path_factory.mktemp("walk") / "found.json"
    done = subprocess.run(
        [INTERPRETERS[request.param], "-W", "ignore", str(HERE / "walk.py"), str(out), "calls_network"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(out.read_text(encoding="utf-8"))


def test_the_libraries_are_described(book):
    assert {row.library for row in book.rows} >= set(LIBRARIES)


def test_nothing_happens_that_no_clause_allows(walked):
    own = [text for text in walked["violations"] if library_of(text) in LIBRARIES]
    assert own == []


def library_of(violation):
    """`http.client.HTTPResponse.read: writes: …` is of http."""
    name = violation.split(":")[0]
    return next((library for library in LIBRARIES if name.startswith(library + ".")), "")


def test_calls_fit(walked):
    """What an older Python lacks is no problem; misspelt names are."""
    assert [text for text in walked["problems"] if "has no attribute" not in text] == []
    assert len(walked["problems"]) < 10


def test_most_claims_are_observed(walked):
    counts = [walked["libraries"][library] for library in LIBRARIES]
    seen, made = (sum(count[index] for count in counts) for index in (0, 1))
    assert seen / made >= LEAST_OBSERVED, "%d of %d" % (seen, made)
