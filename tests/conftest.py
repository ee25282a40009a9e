"""For all tests in Python."""

import signal


def pytest_configure():
    # A shell starts what it puts into the background with SIGINT ignored; children inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
