"""A plugin of pytest that puts Braid into joblib before joblib's tests are imported.

BRAID_AS says where: "front" puts braid.Parallel in place of joblib.Parallel; "backend" puts Braid's
workers under joblib's own Parallel, in place of loky. BRAID_PART is "I/N": only every N-th test,
from the I-th on. At the end, what became of each test, how many tasks ran and by how much the
engine's own count grew go to the file BRAID_OUTCOMES as JSON.
"""

import functools
import json
import os

import braid
import joblib
import joblib._parallel_backends
import joblib.parallel

outcomes = {}
ran = [0]
items_before = braid.engine_stats()["items"]

if os.environ["BRAID_AS"] == "front":
    joblib.Parallel = joblib.parallel.Parallel = braid.Parallel
    joblib.delayed = joblib.parallel.delayed = braid.delayed
    call = braid.Parallel.__call__

    @functools.wraps(call)
    def counted(self, iterable):
        results = call(self, iterable)
        if isinstance(results, list) and braid.last_run().backend == "processes":
            ran[0] += len(results)
        return results

    braid.Parallel.__call__ = counted
else:
    braid.register_joblib()
    kind = joblib.parallel.BACKENDS.pop("braid")
    joblib.parallel.BACKENDS["loky"] = kind
    joblib._parallel_backends.LokyBackend = kind
    submit = kind.submit

    @functools.wraps(submit)
    def counted(self, func, callback=None):
        def note(future):
            if not future.cancelled() and future.exception() is None:
                ran[0] += 1

        future = submit(self, func, callback)
        future.add_done_callback(note)
        return future

    kind.submit = counted


def pytest_collection_modifyitems(config, items):
    part, parts = map(int, os.environ["BRAID_PART"].split("/"))
    config.hook.pytest_deselected(
        items=[item for at, item in enumerate(items) if at % parts != part]
    )
    items[:] = items[part::parts]


def pytest_runtest_logreport(report):
    name = report.nodeid.rpartition("::")[2]
    if report.failed:
        outcomes[name] = report.longreprtext
    elif report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.wasxfail
        outcomes[name] = f"skipped: {reason}"
    elif report.when == "call":
        outcomes.setdefault(name, "ok")


def pytest_sessionfinish():
    found = {
        "outcomes": outcomes,
        "ended": ran[0],
        "items": braid.engine_stats()["items"] - items_before,
    }
    with open(os.environ["BRAID_OUTCOMES"], "w", encoding="utf-8") as file:
        json.dump(found, file)
