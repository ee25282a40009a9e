"""The Python package, as the tests of braid.llm use it: one for all tests of a run, and the one
with the engine where there is one."""

import os
import sys

from asking import KEY, ROOT

sys.path.insert(0, os.environ.get("BRAID_PACKAGE", str(ROOT / "build" / "release" / "python")))

from braid import llm  # noqa: E402


def client_of(server, model="m", **how):
    return llm.Client(model, base_url=server.url, api_key=KEY, **how)
