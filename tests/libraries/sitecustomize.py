"""How the test wants processes to start, and calls to end."""

import os

if os.environ.get("START_METHOD"):
    import multiprocessing

    multiprocessing.set_start_method(os.environ["START_METHOD"], force=True)

if os.environ.get("OTHER_ORDER"):
    import concurrent.futures.thread
    import itertools
    import sys
    import time

    sys.setswitchinterval(1e-5)
    turns = itertools.count()
    run_at_once = concurrent.futures.thread._WorkItem.run

    def run_later(self):
        time.sleep((0.035, 0.001, 0.02, 0.004, 0.012)[next(turns) % 5])
        return run_at_once(self)

    concurrent.futures.thread._WorkItem.run = run_later
