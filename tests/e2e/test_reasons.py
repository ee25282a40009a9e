"""Each reason that `braid check` can give, shown by a small script."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BRAID = os.environ.get("BRAID_BINARY", str(ROOT / "build" / "release" / "bin" / "braid"))

GET = "import requests\n"

# code → script
SCRIPTS = {
    "BR202": GET + "cache = {}\ndef fetch(u):\n    if u not in cache:\n"
    "        cache[u] = requests.get(u).text\n    return cache[u]\n"
    "def main(urls):\n    for u in urls:\n        print(fetch(u))\nmain(['a'])\n",
    "BR203": GET + "def main():\n    for i in range(5):\n"
    "        print(requests.get('http://h/' + input()).text)\nmain()\n",
    "BR207": GET + "def main(urls):\n    it = iter(urls)\n    for u in it:\n"
    "        r = requests.get(u)\n        print(r.text, next(it))\nmain(['a'])\n",
    "BR208": GET + "for i in range(5):\n    print(requests.get('http://h/state').text)\n",
    "BR302": GET + "import model\ndef main(names):\n    for n in names:\n"
    "        print(model.detect(n))\nmain(['a'])\n",
    "BR305": GET + "def main(urls):\n    s = requests.Session()\n    for u in urls:\n"
    "        print(s.get(u).text)\nmain(['a'])\n",
    "BR306": GET + "def main(urls):\n    for u in urls:\n        requests.post(u)\nmain(['a'])\n",
    "BR402": GET + "def main(urls):\n    for u in urls:\n        print(eval(u))\nmain(['a'])\n",
    "BR403": GET + "for u in ['a']:\n    x = = 1\n    requests.get(u)\n",
    "BR405": GET + "def pages(urls):\n    for u in urls:\n        yield requests.get(u)\n"
    "print(list(pages(['a'])))\n",
    "BR501": "print([i * i for i in range(10)])\n",
    "BR601": "n = 3\nwhile n:\n    n -= 1\n",
    "BR602": "async def main(jobs):\n    for job in jobs:\n        await job\n",
    "BR603": "async def main(jobs):\n    async for job in jobs:\n        print(job)\n",
    "BR604": "def main(items, f):\n    return (f(i) for i in items)\n",
}


@pytest.mark.parametrize("code", sorted(SCRIPTS))
def test_the_reason_is_given(code, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPTS[code], encoding="utf-8")
    answer = subprocess.run(
        [BRAID, "check", "--all", "--format", "json", str(script)],
        stdout=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    sites = json.loads(answer.stdout)["sites"]
    given = {reason["code"] for site in sites for reason in site["reasons"]}
    assert code in given, sites


@pytest.mark.parametrize("code", ["BR205", "BR206", "BR304", "BR307", "BR308", "BR401", "BR702", "BR703"])
def test_the_reason_is_explained(code):
    answer = subprocess.run([BRAID, "explain", code], stdout=subprocess.PIPE, check=False, timeout=60)
    assert answer.returncode == 0
    assert code in answer.stdout.decode()
