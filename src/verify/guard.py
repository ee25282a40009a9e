"""Stops what would touch anything outside of the copy that the script runs in, and writes it down.

Every interpreter of the tree imports this as its sitecustomize.
"""

import os
import sys


def _guard():
    folder = os.environ.get("BRAID_VERIFY_FOLDER", "")
    hook = folder + "/hook"
    if hook in sys.path:
        sys.path.remove(hook)
    if not folder or not hasattr(sys, "addaudithook"):
        return
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    devices = {"/dev/null", "/dev/zero", "/dev/full", "/dev/tty"}
    roots = (folder + "/", "/dev/shm/", "/dev/pts/", "/dev/fd/", "/proc/self/")
    realpath, dirname, basename = os.path.realpath, os.path.dirname, os.path.basename
    isabs, join, fspath, fsdecode = os.path.isabs, os.path.join, os.fspath, os.fsdecode

    def place(path, directory, follow):
        path = fsdecode(fspath(path))
        if directory is not None and directory != -1 and not isabs(path):
            path = join(os.readlink("/proc/self/fd/%d" % directory), path)
        if follow:
            return realpath(path)
        return join(realpath(dirname(path) or "."), basename(path.rstrip("/")))

    def stop(what):
        line = what.replace("\n", " ")[:300] + "\n"
        try:
            target = os.open(folder + "/stopped", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError:
            pass
        else:
            os.write(target, line.encode("utf-8", "backslashreplace"))
            os.close(target)
        raise PermissionError(1, "stopped, since it could be seen outside of the copy: " + what)

    def touch(verb, path, directory=None, follow=False):
        if isinstance(path, int) or path is None:
            return
        where = place(path, directory, follow)
        if where in devices or (where + "/").startswith(roots):
            return
        if where.endswith(".pyc") or "/__pycache__" in where:
            raise PermissionError(1, "not in the copy")
        stop("%s %s" % (verb, where))

    def start(program, arguments, environment):
        words = [program] if isinstance(arguments, (str, bytes)) else list(arguments or [program])
        words = [fsdecode(fspath(word)) for word in words]
        program = fsdecode(fspath(program)) if program is not None else words[0]
        name = basename(program)
        python = program == sys.executable or (
            name.startswith("python") and not name[6:].strip("0123456789.")
        )
        for word in words[1:]:
            if not word.startswith("-") or word in ("-c", "-m"):
                break
            if not word.startswith("--") and set(word[1:]) & set("IES"):
                python = False
        if python and environment is not None:
            given = {fsdecode(name): fsdecode(value) for name, value in dict(environment).items()}
            python = given.get("PYTHONPATH", "").split(":")[0] == hook
            python = python and given.get("BRAID_VERIFY_FOLDER") == folder
        if not python:
            stop("start " + (" ".join(words) if words else program))

    def is_own(pid):
        seen = set()
        while pid > 1 and pid not in seen:
            if pid == os.getpid() or pid == root:
                return True
            seen.add(pid)
            try:
                with open("/proc/%d/stat" % pid) as status:
                    pid = int(status.read().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                return True  # gone already
        return False

    root = os.getsid(0)

    def hook_of(event, given):
        if event == "open":
            path, mode, flags = given
            if flags and flags & writing and not isinstance(path, int):
                touch("write", path, follow=True)
        elif event in ("os.remove", "os.rmdir", "os.mkdir"):
            verb = {"os.remove": "remove", "os.rmdir": "remove", "os.mkdir": "make"}[event]
            touch(verb, given[0], given[-1])
        elif event == "os.rename":
            touch("rename", given[0], given[2])
            touch("write", given[1], given[3])
        elif event == "os.link":
            touch("link", given[0], given[2])
            touch("write", given[1], given[3])
        elif event == "os.symlink":
            touch("write", given[1], given[2])
        elif event in ("os.truncate", "os.setxattr", "os.removexattr"):
            touch("change", given[0], follow=True)
        elif event in ("os.chmod", "os.chown", "os.utime"):
            touch("change", given[0], given[-1], follow=True)
        elif event == "sqlite3.connect":
            name = given[0]
            if isinstance(name, bytes):
                name = fsdecode(name)
            if isinstance(name, str) and name.startswith("file:"):
                if "mode=ro" in name or "mode=memory" in name or "immutable=1" in name:
                    return
                name = name[5:].partition("?")[0]
            if name and name != ":memory:":
                touch("open the database", name, follow=True)
        elif event == "subprocess.Popen":
            start(given[0], given[1], given[3])
        elif event == "os.system":
            stop("start " + fsdecode(given[0]))
        elif event in ("os.exec", "os.posix_spawn", "os.spawn"):
            offset = 1 if event == "os.spawn" else 0
            start(given[offset], given[offset + 1], given[offset + 2])
        elif event == "pty.spawn":
            stop("start " + str(given[0]))
        elif event in ("os.kill", "os.killpg"):
            pid = abs(given[0])
            if pid > 1 and not is_own(pid):
                stop("signal process %d" % pid)

    sys.addaudithook(hook_of)
    open_here = os.open

    def open_at(path, flags, mode=0o777, *, dir_fd=None):
        # The audit event does not tell from where a relative path goes.
        if dir_fd is not None and flags & writing:
            touch("write", path, dir_fd, follow=True)
        return open_here(path, flags, mode, dir_fd=dir_fd)

    os.open = open_at
    os.supports_dir_fd.add(open_at)


_guard()
del _guard


def _next():
    """What the machine has under the same name."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    here = sys.modules.get(__name__)
    spec = PathFinder.find_spec("sitecustomize")
    if spec is None or spec.loader is None or spec.origin == getattr(here, "__file__", None):
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


_next()
