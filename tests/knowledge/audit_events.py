"""What the interpreter says of itself while a call is observed, and the end of calls without one."""

import signal
import sys

WATCHED = []  # audit events while a call is observed
watching = [False]
NOTED = ("open", "os.", "socket.", "subprocess.", "time.sleep", "pty.spawn")


def audit(event, arguments):
    if watching[0] and event.startswith(NOTED):
        WATCHED.append((event, arguments))


class Stuck(BaseException):
    """A sample on which a function never ends says nothing."""


def give_up(number, frame):
    raise Stuck


sys.addaudithook(audit)
signal.signal(signal.SIGALRM, give_up)
