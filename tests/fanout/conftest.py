"""The fan-out's tests share a server and a way to ask."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
