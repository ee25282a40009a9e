"""Every public name of the standard modules that scripts use is described, or listed as unknown."""

import enum
import importlib
import types

import pytest

import rows

MODULES = """
abc argparse array asyncio atexit base64 binascii bisect builtins bz2 calendar cmath collections
concurrent.futures configparser contextlib copy csv dataclasses datetime decimal difflib email
email.message email.utils enum errno fnmatch fractions ftplib functools gc getpass glob gzip hashlib
heapq hmac html http http.client inspect io itertools json locale logging lzma math
multiprocessing operator os os.path pathlib pickle platform pprint queue random re secrets select
shelve shutil signal smtplib socket sqlite3 ssl stat statistics string struct subprocess sys tarfile
tempfile textwrap threading time traceback types typing unicodedata urllib.error urllib.parse
urllib.request uuid warnings weakref xml.dom.minidom xml.etree.ElementTree xml.sax zipfile zlib
""".split()
MOST_UNKNOWN = 0.15


@pytest.fixture(scope="module")
def book():
    return rows.Book(rows.standard_files())


def public_names(module):
    if hasattr(module, "__all__"):
        return sorted(set(module.__all__))
    return sorted(name for name, value in vars(module).items()
                  if not name.startswith("_") and not isinstance(value, types.ModuleType))


def is_unknown(book, name):
    name = book.resolve(name)
    row = book.functions.get(name)
    return name in book.unknown or row is not None and row.text == "unknown"


@pytest.mark.parametrize("module", MODULES)
def test_public_names_are_described(book, module):
    loaded = importlib.import_module(module)
    names = public_names(loaded)
    missing = [name for name in names if not book.described(module + "." + name)
               and not is_unknown(book, module + "." + name)
               and not (module == "builtins" and book.described(name))
               and not (module == "builtins" and is_unknown(book, name))
               and not from_elsewhere(book, getattr(loaded, name, None))]
    assert not missing, "%d of %d" % (len(missing), len(names))
    unknown = [name for name in names if is_unknown(book, module + "." + name)
               or module == "builtins" and is_unknown(book, name)]
    assert len(unknown) <= MOST_UNKNOWN * len(names), unknown


def from_elsewhere(book, value):
    """A name that a module without __all__ merely imported."""
    home = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None)
    return bool(home and name) and book.described("%s.%s" % (home, name))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_parameters_have_the_names_that_python_gives_them(book):
    """Of functions that can be asked: a parameter that Python does not have would never be given."""
    import inspect

    wrong, asked = [], 0
    for name, row in book.functions.items():
        owner = name.rpartition(".")[0]
        if owner in book.types or row.text == "unknown" or row.signature == "(*args, **kwargs)":
            continue
        try:
            found = rows.find_object(name)
            shape = inspect.signature(found)
        except (LookupError, TypeError, ValueError):
            continue
        if name.endswith("hook"):
            continue  # test runners put their own there
        if isinstance(rows.find_object(name), enum.EnumMeta):
            continue  # the signature is that of making an enumeration
        asked += 1
        kinds = {p.kind for p in shape.parameters.values()}
        if inspect.Parameter.VAR_KEYWORD in kinds:
            continue
        mine = {part.strip().lstrip("*") for part in row.signature[1:-1].split(",")} - {"", "/"}
        absent = [p.name for p in shape.parameters.values()
                  if p.kind is inspect.Parameter.KEYWORD_ONLY and p.name not in mine
                  and not p.name.startswith("_")]
        if absent:
            wrong.append("%s: %s" % (name, ", ".join(absent)))
    assert asked > 1000
    assert not wrong
