"""Where the package of the build tree lies."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(os.environ.get("BRAID_PACKAGE", ROOT / "build" / "release" / "python"))
FULL = os.environ.get("BRAID_FULL") == "1"
