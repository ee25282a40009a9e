"""The fan-out's tests share a server and a way to ask."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import asking  # noqa: E402


@pytest.fixture
def native(monkeypatch):
    """braid.llm finds the command, and no address but that of a test's own server."""
    monkeypatch.setenv("BRAID_COMMAND", asking.BRAID)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture(params=["127.0.0.1", "localhost"], ids=["plain", "libcurl"])
def way(request, monkeypatch):
    """Both ways that a call may go; yields the host that its address names."""
    monkeypatch.setattr(asking, "HOST", request.param)
    return request.param
