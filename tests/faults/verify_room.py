"""Runs the verify room through its test driver, and looks at what it leaves behind."""

import hashlib
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def driver():
    beside = pathlib.Path(os.environ.get("BRAID", ROOT / "build/release/bin/braid")).parent
    return os.environ.get("VERIFY_DRIVER", str(beside / "verify_driver"))


class Answer:
    """What the driver printed: `fields[key]` is the list of values of a key."""

    def __init__(self, done):
        self.status = done.returncode
        self.text = done.stdout.decode("utf-8", "replace")
        self.errors = done.stderr.decode("utf-8", "replace")
        self.fields = {}
        for line in self.text.splitlines():
            key, _, value = line.partition(" ")
            self.fields.setdefault(key, []).append(value.replace("\\n", "\n"))

    def one(self, key):
        return self.fields[key][0]

    def all(self, key):
        return self.fields.get(key, [])

    @property
    def differences(self):
        """(what, path) of each difference of the plain runs."""
        return [tuple(value.split("|", 2)[:2]) for value in self.all("difference")]

    @property
    def refutations(self):
        """(order, start method, same, site, assumption) of each."""
        return [tuple(value.split("|", 5)[:5]) for value in self.all("refutation")]


class Folder:
    """A folder of a user's, outside of the test runner's own (which only its owner may enter)."""

    def __init__(self, user=None):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="verify-test-", dir="/var/tmp"))
        self.user = user
        self.path.chmod(0o755)
        self.driver = driver()
        self.python = "/usr/bin/python3" if user is not None else "python3"
        if user is not None:
            self.tools = pathlib.Path(tempfile.mkdtemp(prefix="verify-tools-", dir="/var/tmp"))
            self.tools.chmod(0o755)
            self.driver = str(shutil.copy(self.driver, self.tools / "verify_driver"))
            os.chown(self.path, user, user)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        shutil.rmtree(self.path, ignore_errors=True)
        if self.user is not None:
            shutil.rmtree(self.tools, ignore_errors=True)

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if self.user is not None:
            os.chown(path, self.user, self.user)
        return path

    def command(self, *words):
        prefix = []
        if self.user is not None:
            number = str(self.user)
            prefix = ["setpriv", "--reuid", number, "--regid", number, "--clear-groups"]
        return [*prefix, self.driver, "--python", self.python, *map(str, words)]

    def environment(self, **more):
        environment = dict(os.environ)
        for name in ("PYTHONHASHSEED", "TMPDIR", "PYTEST_CURRENT_TEST"):
            environment.pop(name, None)
        if self.user is not None:
            environment["HOME"] = "/nonexistent"
        environment.update(more)
        return environment

    def verify(self, original, rewritten, *options, arguments=(), stdin=b"", **environment):
        self.write("script.py", original)
        self.write("rewritten.txt", rewritten)
        self.write("input.txt", stdin)
        done = subprocess.run(
            self.command(
                "--stdin", "input.txt", *options, "script.py", "rewritten.txt", *arguments
            ),
            cwd=self.path,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=200,
            check=False,
        )
        return Answer(done)

    def run(
        self, original, rewritten, *options, arguments=(), stdin=b"", lines=None, **environment
    ):
        """`run` in the place of the script: the finished process."""
        self.write("script.py", original)
        self.write("rewritten.txt", rewritten)
        if lines is not None:
            self.write("lines.txt", "".join(f"{line}\n" for line in lines))
            options = ("--lines", "lines.txt", *options)
        return subprocess.run(
            self.command("--run", *options, "script.py", "rewritten.txt", *arguments),
            cwd=self.path,
            env=self.environment(**environment),
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
        )

    def plain(self, original, *arguments, stdin=b""):
        """The script without this program: the finished process."""
        self.write("script.py", original)
        return subprocess.run(
            [self.python, "script.py", *arguments],
            cwd=self.path,
            env=self.environment(),
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
        )


def snapshot(folder):
    """Everything in a folder that must not change: kind, mode, times, content."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        status = path.lstat()
        content = b""
        if stat.S_ISREG(status.st_mode):
            content = path.read_bytes()
        elif stat.S_ISLNK(status.st_mode):
            content = os.readlink(path).encode()
        found[str(path.relative_to(folder))] = (
            status.st_mode,
            status.st_mtime_ns,
            status.st_ino,
            hashlib.sha256(content).hexdigest(),
        )
    status = pathlib.Path(folder).stat()
    found["."] = (status.st_mode, status.st_mtime_ns)
    return found


class Mark:
    """A variable by which every process of a run is known again."""

    def __init__(self):
        self.name = "VERIFY_TEST_MARK"
        self.value = uuid.uuid4().hex

    def processes(self):
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            try:
                environment = pathlib.Path("/proc", entry, "environ").read_bytes()
                status = pathlib.Path("/proc", entry, "stat").read_text()
            except (OSError, UnicodeDecodeError):
                continue
            if self.value.encode() in environment and ") Z " not in status:
                found.append((int(entry), status.split()[1]))
        return found

    def gone(self, seconds=10):
        """Waits until none is left; the ones that are left."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            left = self.processes()
            if not left:
                return []
            time.sleep(0.02)
        return self.processes()


def mounts():
    return sorted(pathlib.Path("/proc/self/mounts").read_text().splitlines())
