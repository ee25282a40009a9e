"""The page about a run, in a real browser as wide as a phone."""

import html
import json
import re
import subprocess

import pytest
from asking import ask, errors_of
from model_server import Reply, Server, error

PHONE = 390  # CSS pixels

# A frame of that width around the page, and what a reader would notice.
AROUND = """<!doctype html><body style="margin:0">
<iframe id="page" style="width:%dpx;height:800px;border:0" srcdoc="%s"></iframe>
<script>
page.onload = () => {
  const inside = page.contentDocument, root = inside.documentElement;
  const sizes = [...inside.querySelectorAll("p, li, pre, td, th, summary")]
    .filter(each => each.textContent.trim())
    .map(each => parseFloat(page.contentWindow.getComputedStyle(each).fontSize));
  inside.querySelectorAll("details").forEach(each => each.open = true);
  const found = {width: root.scrollWidth, smallest: Math.min(...sizes),
    texts: [...inside.querySelectorAll("pre")].map(each => each.textContent),
    hidden: [...inside.querySelectorAll("pre")].filter(each => !each.offsetHeight).length,
    narrowest: Math.min(...[...inside.querySelectorAll("pre")].map(each => each.offsetWidth)),
    scripts: inside.scripts.length,
    outside: [...inside.querySelectorAll("[src], link")].length};
  document.body.dataset.found = JSON.stringify(found);
};
</script>"""


def seen(tmp_path, page):
    (tmp_path / "around.html").write_text(AROUND % (PHONE, html.escape(page)))
    done = subprocess.run(
        [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            f"--user-data-dir={tmp_path / 'browser'}",
            "--virtual-time-budget=5000",
            "--dump-dom",
            f"file://{tmp_path / 'around.html'}",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = re.search(r'data-found="([^"]*)"', done.stdout)
    assert found, done.stderr[-2000:]
    return json.loads(html.unescape(found.group(1)))


WORKFLOW = """
braid = 1
result = "page"
input.lines = { text = "one\\ntwo\\nthree\\nfour\\n", split = "lines" }
part.each = { each = "lines", prompt = "SAY {chunk}" }
part.ballot = { prompt = "VOTE", repeat = 5, seed = 0 }
merge.all = { stitch = "each", missing = "best-effort" }
merge.won = { vote = "ballot", choices = ["yes", "no"], stop = "never" }
merge.page = { stitch = ["all", "won"] }
"""

LONG = "unbreakable" * 40 + ' <script>alert(1)</script> & "quoted" \u2192 '


def answer(call):
    if call.prompt == "VOTE":
        return Reply("yes" if call.body["seed"] % 2 else "no")
    if "three" in call.prompt:
        return error(400, "not <b>this</b> one " + "x" * 180)
    return Reply(LONG + call.prompt)


@pytest.fixture
def page(tmp_path):
    (tmp_path / "w.toml").write_text(WORKFLOW)
    with Server(answer) as server:
        done = ask(server, "w.toml", "--report", "r.html", cwd=tmp_path)
    assert done.returncode == 1, errors_of(done)
    return (tmp_path / "r.html").read_text()


def test_the_report_on_a_phone(tmp_path, page):
    found = seen(tmp_path, page)
    assert found["width"] <= PHONE  # nothing to push sideways
    assert found["smallest"] >= 12
    assert found["hidden"] == 0 and found["narrowest"] >= 200
    assert found["scripts"] == 0 and found["outside"] == 0
    assert any(text.startswith(LONG) for text in found["texts"])


def test_the_report_holds_parts_merges_votes_times_and_cost(page):
    for expected in ("each 2", "won", "ballot", "yes", "no", "HTTP 400"):
        assert expected in page
    for column in ("status", "sent", "tokens", "cost", "seconds"):
        assert f">{column}<" in page
    assert "<script>" not in page and "<b>this" not in page
    assert 'name="viewport"' in page


def test_the_graph_is_a_drawing_of_all_nodes(tmp_path):
    import xml.etree.ElementTree as tree

    (tmp_path / "w.toml").write_text(WORKFLOW)
    with Server() as server:
        done = ask(server, "w.toml", "--graph", "svg", cwd=tmp_path)
    assert (done.returncode, server.posts) == (0, 0)
    root = tree.fromstring(done.stdout)
    space = "{http://www.w3.org/2000/svg}"
    names = {each.text for each in root.iter(space + "text")}
    assert {"lines", "each", "ballot", "all", "won", "page"} <= names
    assert len(list(root.iter(space + "rect"))) == 6
    assert len(list(root.iter(space + "path"))) == 5  # what reads what
    boxes = [(int(each.get("x")), int(each.get("y"))) for each in root.iter(space + "rect")]
    assert len(set(boxes)) == 6  # none on another
