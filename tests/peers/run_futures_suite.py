"""Runs CPython's tests of concurrent.futures on Braid's executors, in a process of its own.

    run_futures_suite.py FOLDER threads|fork|forkserver|spawn [CLASS.TEST…]

FOLDER holds CPython's `test` package; with names, only those tests are run. Prints one JSON object:
what became of each test, how many tasks ended, and by how much the engine's own count grew.
"""

import concurrent.futures
import contextlib
import functools
import io
import json
import os
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


class Outcomes(unittest.TestResult):
    """test → "ok", "skipped", or the text of what went wrong."""

    def __init__(self):
        super().__init__()
        self.found = {}

    def name(self, test):
        return f"{type(test).__name__}.{test._testMethodName}"

    def addSuccess(self, test):
        self.found.setdefault(self.name(test), "ok")

    def addSkip(self, test, reason):
        self.found[self.name(test)] = f"skipped: {reason}"

    def addFailure(self, test, error):
        self.found[self.name(test)] = self._exc_info_to_string(error, test)

    addError = addFailure

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.addFailure(test, error)


class Ended:
    """Counts the tasks that ran to their end; each is one the engine must have counted."""

    def __init__(self):
        self.count = 0
        self.lock = threading.Lock()

    def watch(self, kind, counts):
        submit = kind.submit

        @functools.wraps(submit)
        def watched(self_, /, *args, **kwargs):
            future = submit(self_, *args, **kwargs)
            future.add_done_callback(note)
            return future

        def note(future):
            if not future.cancelled() and counts(future.exception()):
                with self.lock:
                    self.count += 1

        kind.submit = watched


def substitute_in_children(script_helper):
    """Interpreters that the tests start have the executors substituted as well."""
    original = script_helper.assert_python_ok

    def assert_python_ok(*args, **environment):
        option, text = args
        assert option == "-c"
        text = "import substitute_futures\n" + text
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
        return original(option, text, __isolated=False, **environment)

    script_helper.assert_python_ok = assert_python_ok


def kind_of(case, suite):
    """Which executor a test class is about; those about none run beside the threads."""
    if issubclass(case, (suite.ThreadPoolMixin, suite.FutureTests)):
        return "threads"
    return getattr(case, "ctx", None)


def main():
    folder, kind, *names = sys.argv[1:]
    sys.path[:0] = [folder, HERE]
    os.environ["PYTHONPATH"] = os.pathsep.join([folder, HERE, os.environ["PYTHONPATH"]])
    import braid
    import substitute_futures  # noqa: F401

    ended = Ended()
    broken = concurrent.futures.BrokenExecutor
    ended.watch(braid.ThreadPoolExecutor, lambda error: not isinstance(error, broken))
    # What could not be sent did not run, nor did what a dying worker had in hand.
    ended.watch(
        braid.ProcessPoolExecutor,
        lambda error: error is None or braid.error_info(error) is not None,
    )
    from test.support import script_helper

    substitute_in_children(script_helper)
    from test import test_concurrent_futures as suite

    wanted = unittest.TestSuite()
    for _, case in sorted(vars(suite).items()):
        if (
            isinstance(case, type)
            and issubclass(case, unittest.TestCase)
            and kind_of(case, suite) == kind
        ):
            wanted.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    if names:
        wanted = unittest.TestSuite(
            test for test in wanted if test.id().partition("futures.")[2] in names
        )
    outcomes = Outcomes()
    before = braid.engine_stats()["items"]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        wanted.run(outcomes)
    found = {
        "outcomes": outcomes.found,
        "ended": ended.count,
        "items": braid.engine_stats()["items"] - before,
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
