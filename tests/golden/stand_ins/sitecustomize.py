"""Sets the start method of processes that the test asks for."""

import os

if os.environ.get("GOLDEN_START_METHOD"):
    import multiprocessing

    multiprocessing.set_start_method(os.environ["GOLDEN_START_METHOD"], force=True)
