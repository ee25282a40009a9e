"""Puts Braid's executors where a program finds those of concurrent.futures.

Imported by whatever runs CPython's tests, and by the interpreters that those start. What is left of
concurrent.futures.process are the types of its exceptions: whoever uses anything else of it fails.
"""

import concurrent.futures
import concurrent.futures.process as theirs
import sys
import types

import braid

LEFT = ("BrokenProcessPool", "_RemoteTraceback", "_check_system_limits")


class NoQueue:
    """Stands for the queue that the tests wait for besides the workers; there is none here."""

    def join_thread(self):
        pass


left = types.ModuleType(theirs.__name__)
for name in LEFT:
    setattr(left, name, getattr(theirs, name))
sys.modules[theirs.__name__] = left
concurrent.futures.process = left
concurrent.futures.ThreadPoolExecutor = braid.ThreadPoolExecutor
concurrent.futures.ProcessPoolExecutor = braid.ProcessPoolExecutor
braid.ProcessPoolExecutor._call_queue = NoQueue()
concurrent.futures.Future = braid.Future
concurrent.futures._base.Future = braid.Future
