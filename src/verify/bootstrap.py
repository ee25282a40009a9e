"""Starts the script as the interpreter itself would, and writes down how it went.

Executed with `CONFIG` defined, in a namespace of its own. What the script can see (its arguments,
its `__main__`, its path, its tracebacks) is as if the interpreter had been given the script's name.
Runs on every interpreter from 3.9 on, and imports nothing that is not there anyway before the
script's folder is on the path.
"""

import os
import sys


class _Recorder:
    """Lines of blank-separated fields, each field percent-encoded."""

    def __init__(self, descriptor):
        self._descriptor = descriptor
        self._pid = os.getpid()

    def write(self, *fields):
        if self._descriptor is None or os.getpid() != self._pid:
            return
        line = b" ".join(self._encode(field) for field in fields) + b"\n"
        try:  # noqa: SIM105 (contextlib is one of the modules that are not there yet)
            os.write(self._descriptor, line)
        except OSError:
            pass  # the script has closed what it did not open

    @staticmethod
    def _encode(field):
        data = str(field).encode("utf-8", "surrogatepass")
        for byte in (b"%", b" ", b"\n"):
            data = data.replace(byte, b"%%%02x" % byte[0])
        return data or b"%00"


class _AfterImport:
    """Calls `then(module)` once the module `name` has been imported by whoever needs it."""

    def __init__(self, name, then):
        self._name = name
        self._then = then
        if name in sys.modules:
            then(sys.modules[name])
        else:
            sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find else None
            if spec is not None:
                self._hook(spec.loader)
                return spec
        return None

    def _hook(self, loader):
        execute = loader.exec_module

        def exec_module(module):
            try:  # noqa: SIM105
                del loader.exec_module
            except AttributeError:
                pass
            execute(module)
            self._then(module)

        if not isinstance(loader, type):  # built-in loaders are shared classes
            loader.exec_module = exec_module


class _Clock:
    """How long each site took, by calls that stand around it."""

    def __init__(self, count):
        from time import perf_counter

        self._now = perf_counter
        self._depth = [0] * count
        self._since = [0.0] * count
        self.total = [0.0] * count
        self.entered = [0] * count

    def enter(self, site):
        self._depth[site] += 1
        if self._depth[site] == 1:
            self.entered[site] += 1
            self._since[site] = self._now()

    def leave(self, site):
        self._depth[site] -= 1
        if self._depth[site] == 0:
            self.total[site] += self._now() - self._since[site]


def _statement_lists(tree):
    """Every list of statements of a tree, outer ones first."""
    pending = [tree]
    while pending:
        node = pending.pop(0)
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list) and value:
                if hasattr(value[0], "end_lineno") and isinstance(value[0], _ast().stmt):
                    yield value
                pending.extend(item for item in value if hasattr(item, "_fields"))
            elif hasattr(value, "_fields"):
                pending.append(value)


def _ast():
    import _ast

    return _ast


def _first_line(statement):
    decorators = getattr(statement, "decorator_list", None)
    return min([statement.lineno] + [decorator.lineno for decorator in decorators or []])


def _timed(tree, sites):
    """Puts `try: enter(k); … finally: leave(k)` around the statements of each site."""
    nodes = _ast()

    def call(name, site, like):
        place = {
            "lineno": like.lineno,
            "col_offset": like.col_offset,
            "end_lineno": like.lineno,
            "end_col_offset": like.col_offset,
        }
        function = nodes.Name(id=name, ctx=nodes.Load(), **place)
        value = nodes.Call(
            func=function,
            args=[nodes.Constant(value=site, kind=None, **place)],
            keywords=[],
            **place,
        )
        return nodes.Expr(value=value, **place)

    for site, (begin, end) in enumerate(sites):
        if not begin:
            continue
        best = None  # (list, from, to): the outermost statements within, else the innermost around
        for statements in _statement_lists(tree):
            inside = [
                index
                for index, statement in enumerate(statements)
                if _first_line(statement) >= begin
                and (statement.end_lineno <= end if end else statement.lineno == begin)
            ]
            if inside:
                best = (statements, inside[0], inside[-1] + 1)
                break
            for index, statement in enumerate(statements):
                if statement.lineno <= begin <= statement.end_lineno:
                    best = (statements, index, index + 1)
        if best is None:
            continue
        statements, first, last = best
        like = statements[first]
        if isinstance(like, (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef)):
            continue
        block = nodes.Try(
            body=[call("__braid_enter__", site, like)] + statements[first:last],
            handlers=[],
            orelse=[],
            finalbody=[call("__braid_leave__", site, like)],
            lineno=like.lineno,
            col_offset=like.col_offset,
            end_lineno=statements[last - 1].end_lineno,
            end_col_offset=statements[last - 1].end_col_offset,
        )
        statements[first:last] = [block]
    return tree


def _with_original_lines(tree, text, original, line_map):
    """Gives every node the line of the original that it stands for; the column only where the text
    of the line is the same up to its indentation."""
    new_lines = text.split(b"\n")
    old_lines = original.split(b"\n")
    known = {}

    def line_of(line):
        if line in known:
            return known[line]
        to = line_map[line - 1] if 0 < line <= len(line_map) and line_map[line - 1] else line
        shift = None
        if 0 < line <= len(new_lines) and 0 < to <= len(old_lines):
            new, old = new_lines[line - 1], old_lines[to - 1]
            if new.strip() == old.strip():
                shift = (len(old) - len(old.lstrip())) - (len(new) - len(new.lstrip()))
        known[line] = (to, shift)
        return known[line]

    pending = [tree]
    while pending:
        node = pending.pop()
        if hasattr(node, "lineno"):
            line, shift = line_of(node.lineno)
            end_line, end_shift = line_of(node.end_lineno or node.lineno)
            columns = shift is not None and end_shift is not None and end_line >= line
            if columns:
                node.col_offset = max(0, node.col_offset + shift)
                node.end_col_offset = max(0, node.end_col_offset + end_shift)
                columns = line < end_line or node.col_offset <= node.end_col_offset
            if not columns:
                node.col_offset = node.end_col_offset = -1
                end_line = line
            node.lineno, node.end_lineno = line, end_line
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                pending.extend(item for item in value if hasattr(item, "_fields"))
            elif hasattr(value, "_fields"):
                pending.append(value)
    return tree


def _described(value):
    """A text that tells apart values of plain types, or None for any other value."""
    parts = []
    budget = [100000]
    plain = (int, float, complex, str, bytes, bool, type(None), range, type(Ellipsis))

    def add(item, depth):
        budget[0] -= 1
        if budget[0] < 0 or depth > 40:
            return False
        kind = type(item)
        if kind in plain:
            if kind in (str, bytes) and len(item) > 1 << 20:
                return False
            parts.append(repr(item))
            return True
        if kind in (list, tuple, dict, set, frozenset):
            parts.append(kind.__name__ + "(")
            if kind in (set, frozenset):
                if not all(type(element) in plain for element in item):
                    return False
                item = sorted(item, key=repr)
            for element in item:
                if not add(element, depth + 1):
                    return False
                parts.append(", ")
                if kind is dict and not add(item[element], depth + 1):
                    return False
            parts.append(")")
            return True
        return False

    try:
        if not add(value, 0):
            return None
    except Exception:  # the script may have made anything of its own names
        return None
    text = "".join(parts)
    if len(text) > 300:
        import zlib

        data = text.encode("utf-8", "surrogatepass")
        text = "%s… (%d characters, %08x)" % (text[:300], len(text), zlib.crc32(data))
    return text


def _seed(config):
    """The same random numbers in every run, unless the script asks for others."""
    seed = config["seed"]
    _AfterImport("random", lambda module: module.seed(seed))

    def seed_numpy(module):
        try:  # noqa: SIM105
            module.seed(seed % 2**32)
        except Exception:  # another version of the library
            pass

    _AfterImport("numpy.random", seed_numpy)


def _run_clocks_at(rate):
    """What depends on how long something takes comes out different, however coarsely shown."""
    import time

    def scaled(real):
        start = real()
        whole = isinstance(start, int)

        def clock():
            value = start + (real() - start) * rate
            return int(value) if whole else value

        return clock

    for name in ("time", "perf_counter", "monotonic", "process_time"):
        setattr(time, name, scaled(getattr(time, name)))
        setattr(time, name + "_ns", scaled(getattr(time, name + "_ns")))


def _module_for_children(config, filename):
    """`run`: spawned children import the script's file from disk, where the original stands. They
    get a file in memory instead, which executes the rewritten program under the script's name."""
    given = {"mode": "child", "script": filename}
    given.update((key, config[key]) for key in ("text", "original", "lines"))
    source = (
        "(lambda g, s: (exec(%r, s), exec(*s['for_child'](g))))(globals(), {'CONFIG': %r})\n"
        % (
            config["source"],
            given,
        )
    )
    descriptor = None

    def patch(module):
        real = module.get_preparation_data

        def get_preparation_data(name):
            nonlocal descriptor
            data = real(name)
            if data.get("init_main_from_path") == os.path.normpath(filename):
                if descriptor is None:
                    descriptor = os.memfd_create("main", os.MFD_CLOEXEC)
                    with open(os.dup(descriptor), "wb") as file:
                        file.write(source.encode("utf-8", "surrogatepass"))
                data["init_main_from_path"] = "/proc/%d/fd/%d" % (owner, descriptor)
            return data

        module.get_preparation_data = get_preparation_data

    owner = os.getpid()
    _AfterImport("multiprocessing.spawn", patch)


def _compiled(config, filename):
    """The program's code: the rewritten text, else the script on disk."""
    if "text" in config:
        try:
            return _compiled_text(config, filename)
        except Exception:  # this interpreter does not take it: then the user's own text runs
            pass
    with open(filename, "rb") as file:
        text = file.read()
    sites = config.get("sites")
    if sites:
        import builtins

        try:
            tree = compile(text, filename, "exec", _ast().PyCF_ONLY_AST, dont_inherit=True)
            code = compile(_timed(tree, sites), filename, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
        else:
            clock = config["clock"] = _Clock(len(sites))
            builtins.__braid_enter__ = clock.enter
            builtins.__braid_leave__ = clock.leave
            return code
    return compile(text, filename, "exec", dont_inherit=True)


def _compiled_text(config, filename):
    text = config["text"]
    tree = compile(text, filename, "exec", _ast().PyCF_ONLY_AST, dont_inherit=True)
    tree = _with_original_lines(tree, text, config["original"], config["lines"])
    return compile(tree, filename, "exec", dont_inherit=True)


def for_child(namespace):
    """In a spawned child of `run`: (code, namespace) of the rewritten program as `__mp_main__`."""
    config = globals()["CONFIG"]
    filename = config["script"]
    name = namespace["__name__"]
    namespace.clear()
    import builtins

    namespace.update(__name__=name, __file__=filename, __builtins__=builtins)
    namespace.update(__doc__=None, __package__="", __spec__=None, __loader__=None, __cached__=None)
    return _compiled(config, filename), namespace


def _has_braid():
    """Whether `import braid` will find the package, with an engine for this interpreter."""

    def find(name):
        for finder in sys.meta_path:
            spec = finder.find_spec(name, None)
            if spec is not None:
                return spec
        return None

    import _imp

    braid = find("braid")
    if braid is None or not braid.origin or find("cloudpickle") is None:
        return False
    folder = os.path.dirname(braid.origin)
    return any(
        os.path.exists(os.path.join(folder, "_engine" + suffix))
        for suffix in _imp.extension_suffixes()
    )


def _as_script(config):
    """Makes this process look as if the interpreter had been given the script. Returns the script's
    file name and folder."""
    script = config["script"]
    safe_path = getattr(sys.flags, "safe_path", False) or sys.flags.isolated
    if sys.path and sys.path[0] == "" and not safe_path:
        del sys.path[0]
    sys.argv[0] = script
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = [sys.orig_argv[0], script] + sys.argv[1:]
    filename = os.path.abspath(script) if not script.startswith("/") else script
    folder = os.path.dirname(os.path.realpath(filename))
    return filename, None if safe_path else folder


def _enter_main(filename):
    main = sys.modules["__main__"]
    from importlib.machinery import SourceFileLoader

    for name in list(main.__dict__):
        if not (name.startswith("__") and name.endswith("__")):
            del main.__dict__[name]
    main.__file__ = filename
    main.__cached__ = None
    main.__loader__ = SourceFileLoader("__main__", filename)
    main.__doc__ = None
    return main.__dict__


def _names(recorder, namespace):
    for name in list(namespace):
        if isinstance(name, str) and not name.startswith("__"):
            described = _described(namespace[name])
            if described is not None:
                recorder.write("name", name, described)


def _finish(config, recorder, namespace, error):
    """Writes down how it ended; strips this file's frames from the traceback."""
    clock = config.get("clock")
    if clock is not None:
        for site, total in enumerate(clock.total):
            recorder.write("site", site, repr(total), clock.entered[site])
    if config.get("names") and namespace is not None:
        _names(recorder, namespace)
    pool = config.get("scheduled")
    if pool is not None:
        for line in pool():
            recorder.write("scheduled", *line)
    if error is None or isinstance(error, SystemExit):
        return
    kind = type(error)
    try:
        message = str(error)
    except Exception:
        message = "<unprintable>"
    recorder.write("exception", "%s.%s" % (kind.__module__, kind.__qualname__), message[:65536])
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename in ("<string>", "<braid>"):
        trace = trace.tb_next
    error.__traceback__ = trace
    hook = sys.excepthook
    try:
        hook(kind, error, trace)
    finally:
        # The interpreter still sees the exception, for its exit status and for the signal that a
        # keyboard interrupt ends it with; it has been shown.
        sys.excepthook = lambda *_: None


def _main(config):
    os.close(config["bundle"])
    recorder = _Recorder(config.get("record"))
    if config.get("record") is not None:
        os.set_inheritable(config["record"], False)
    for name, value in config.get("environment", {}).items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    filename, folder = _as_script(config)
    if config.get("seed") is not None:
        _seed(config)
    if config.get("clock_rate", 1) != 1:
        _run_clocks_at(config["clock_rate"])
    if config.get("schedule") is not None:
        space = {"__name__": "braid_schedule"}
        exec(compile(config["schedule"]["source"], "<braid>", "exec"), space)
        config["scheduled"] = space["install"](config["schedule"], filename, _AfterImport)
    namespace = _enter_main(filename)
    without = config.get("without_package")
    if without is not None and not _has_braid():
        config.update(without)
        sys.stderr.write(
            "braid: this interpreter has no package `braid`: the script runs on concurrent.futures"
            " (--emit stdlib does so without this line)\n"
        )
    if config["mode"] == "run" and "text" in config:
        _module_for_children(config, filename)
    if folder is not None:
        sys.path.insert(0, folder)
    return recorder, filename, namespace


_config = globals()["CONFIG"]
if _config["mode"] != "child":
    _recorder, _filename, _namespace = _main(_config)
    _error = None
    try:
        exec(_compiled(_config, _filename), _namespace)
    except BaseException as _error:
        _finish(_config, _recorder, _namespace, _error)
        raise
    else:
        _finish(_config, _recorder, _namespace, None)
