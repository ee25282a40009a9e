"""Refused before anything is sent: exit status 2, the line, and the nearest name."""

import pytest
from asking import ask, environment, errors_of, text_of
from model_server import Server

# What the message says, and the file; `!!` stands in the line that the message names.
WRONG = {
    "an unknown key": (
        "did you mean result?",
        'braid = 1\n!!results = "a"\npart.a = "x"\n',
    ),
    "of a part": (
        "did you mean prompt?",
        'braid = 1\n[part.a]\nprompt = "x"\n!!promt = "y"\n',
    ),
    "of a model": (
        "temperature?",
        'braid = 1\npart.a = "x"\n[model.default]\n!!temprature = 1\n',
    ),
    "of the limits": (
        "did you mean rpm?",
        'braid = 1\npart.a = "x"\n[limits]\n!!rmp = 1\n',
    ),
    "of a merge": (
        "did you mean join?",
        'braid = 1\npart.a = "x"\n[merge.m]\nstitch = "a"\n!!joinn = ""\n',
    ),
    "a table": (
        "did you mean merge?",
        'braid = 1\npart.a = "x"\n!![merges]\nm = { stitch = "a" }\n',
    ),
    "a kind": (
        "did you mean vote?",
        'braid = 1\npart.a = { prompt = "x", repeat = 3 }\n!!merge.m = { vot = "a" }\n',
    ),
    "a split": (
        "did you mean lines?",
        'braid = 1\n!!input.i = { text = "x", split = "line" }\n',
    ),
    "a version": (
        "version 1",
        '!!braid = 2\npart.a = "x"\n',
    ),
    "no version": (
        "braid = 1",
        '!!part.a = "x"\n',
    ),
    "a name": (
        "did you mean recipe?",
        'braid = 1\ninput.recipe = "eggs"\n!!part.a = "{recip}"\n',
    ),
    "in a merge": (
        "mean one?",
        'braid = 1\npart.one = "x"\n!!merge.m = { stitch = "onn" }\n',
    ),
    "a model": (
        "large?",
        'braid = 1\nmodel.large = "l"\n!!part.a = { prompt = "x", model = "larg" }\n',
    ),
    "a fallback": (
        "large?",
        'braid = 1\nmodel.large = "l"\n!!model.b = { fallback = "larg" }\npart.a = "x"\n',
    ),
    "a cycle": (
        ": a → b → a",
        'braid = 1\nresult = "a"\n[part]\n!!a = "{b}"\nb = "{a}"\n',
    ),
    "a cycle of one": (
        ": a → a",
        'braid = 1\n!!part.a = "{a}"\n',
    ),
    "through a merge": (
        ": a → m → a",
        'braid = 1\n!!part.a = "{m}"\nmerge.m = { stitch = "a" }\n',
    ),
    "a name twice": (
        "an input and a part",
        'braid = 1\ninput.a = "x"\n!!part.a = "{a}"\n',
    ),
    "a key twice": (
        "a",
        'braid = 1\n[part]\na = "x"\n!!a = "y"\n',
    ),
    "a reserved name": (
        "the name chunk is reserved",
        'braid = 1\n!!part.chunk = "x"\n',
    ),
    "a name that is none": (
        "cannot be a name",
        'braid = 1\n[part]\n!!"a b" = "x"\n',
    ),
    "chunk without each": (
        "says of nothing `each`",
        'braid = 1\n!!part.a = "{chunk}"\n',
    ),
    "each without chunk": (
        "no {chunk}",
        "braid = 1\n"
        'input.i = { text = "x", split = "lines" }\n'
        '!!part.a = { each = "i", prompt = "hi" }\n'
        'merge.m = { stitch = "a" }\n',
    ),
    "each of one text": (
        "says no split",
        "braid = 1\n"
        'input.i = "x"\n'
        '!!part.a = { each = "i", prompt = "{chunk}" }\n'
        'merge.m = { stitch = "a" }\n',
    ),
    "many values unmerged": (
        "merge them first",
        'braid = 1\npart.a = { prompt = "x", repeat = 3 }\n!!part.b = "{a}"\n',
    ),
    "an input never read": (
        "nothing reads it",
        'braid = 1\n!!input.i = "x"\npart.a = "y"\n',
    ),
    "a part never read": (
        "nothing reads it",
        'braid = 1\nresult = "a"\n[part]\na = "x"\n!!b = "y"\n',
    ),
    "a value never read": (
        "nothing reads it",
        'braid = 1\n[set]\n!!city = "Rome"\n[part]\na = "x"\n',
    ),
    "a value and an input": (
        "a value of [set] and an input",
        'braid = 1\n!!set.a = "x"\ninput.a = "y"\npart.b = "{a}"\n',
    ),
    "a value from a file that is not there": (
        "nothere.txt",
        'braid = 1\n!!set.a = "@nothere.txt"\npart.b = "{a}"\n',
    ),
    "a model never called": (
        "nothing calls it",
        'braid = 1\n!!model.large = "l"\npart.a = "x"\n',
    ),
    "two keys": (
        "not both",
        'braid = 1\n!!model.default = { key_env = "A", key_file = "b" }\npart.a = "x"\n',
    ),
    "batch without a split": (
        "says no split",
        'braid = 1\n!!input.i = { text = "x", batch = 2 }\npart.a = "{i}"\n',
    ),
    "an id without records": (
        "needs split",
        "braid = 1\n"
        '!!input.i = { text = "x", split = "lines", id = "/id" }\n'
        'part.a = { each = "i", prompt = "{chunk}" }\n'
        'merge.m = { stitch = "a" }\n',
    ),
    "stdin twice": (
        "read once only",
        'braid = 1\ninput.a = { stdin = true }\n!!input.b = { stdin = true }\npart.c = "{a}{b}"\n',
    ),
    "a result that is not there": (
        "did you mean page?",
        'braid = 1\n!!result = "pag"\npart.page = "x"\n',
    ),
    "an input as the result": (
        "is no part and no merge",
        'braid = 1\n!!result = "a"\ninput.a = "q"\npart.p = "{a}"\n',
    ),
    "batch with tokens": (
        "both batch and tokens",
        "braid = 1\n"
        '!!input.i = { text = "x", split = "lines", batch = 2, tokens = 5 }\n'
        'part.a = { each = "i", prompt = "{chunk}" }\n'
        'merge.m = { stitch = "a" }\n',
    ),
    "repeat at temperature 0": (
        "temperature 0",
        "braid = 1\n"
        '!!part.a = { prompt = "x", repeat = 2, temperature = 0 }\n'
        'merge.m = { vote = "a" }\n',
    ),
    "at the model's": (
        "temperature 0",
        "braid = 1\n"
        "model.default.temperature = 0\n"
        '!!part.a = { prompt = "x", repeat = 2 }\n'
        'merge.m = { vote = "a" }\n',
    ),
    "a quorum of parts": (
        "only 2 parts",
        "braid = 1\n"
        "[part]\n"
        'a = "x"\n'
        'b = "y"\n'
        "[merge]\n"
        '!!m = { stitch = ["a", "b"], missing = { quorum = 3 } }\n',
    ),
    "a quorum of ballots": (
        "only 3 ballots",
        "braid = 1\n"
        'part.a = { prompt = "x", repeat = 3 }\n'
        '!!merge.m = { vote = "a", quorum = 4 }\n',
    ),
    "a tie for no choice": (
        "mean yes?",
        "braid = 1\n"
        'part.a = { prompt = "x", repeat = 3 }\n'
        '!!merge.m = { vote = "a", choices = ["yes", "no"], ties = "yess" }\n',
    ),
    "covers without records": (
        "no input of records",
        "braid = 1\n"
        'input.i = { text = "x", split = "lines" }\n'
        '!!part.a = { each = "i", prompt = "{chunk}", covers = "/id" }\n'
        'merge.m = { stitch = "a" }\n',
    ),
    "covers, no ids": (
        "no id at /id",
        "braid = 1\n"
        "input.i = { text = '{}', split = \"records\" }\n"
        '!!part.a = { each = "i", prompt = "{chunk}", covers = "/id" }\n'
        'merge.m = { stitch = "a" }\n',
    ),
    "covers, doubled ids": (
        "twice",
        "braid = 1\n"
        'input.i = { text = "{\\"id\\":1}\\n{\\"id\\":1}", split = "records" }\n'
        '!!part.a = { each = "i", prompt = "{chunk}", covers = "/id" }\n'
        'merge.m = { stitch = "a" }\n',
    ),
    "a budget without bounds": (
        "needs max_tokens",
        'braid = 1\nbudget.tokens = 5\n!!part.a = "x"\n',
    ),
    "a budget without prices": (
        "prices",
        "braid = 1\n"
        "!!budget.usd = 5\n"
        'model.default = { name = "m", max_tokens = 5 }\n'
        'part.a = "x"\n',
    ),
    "a fallback without a price": (
        "the price of other",
        "braid = 1\n"
        'budget = { usd = 1, prices = "prices.toml" }\n'
        'model.default = { name = "m", max_tokens = 5, fallback = "f" }\n'
        'model.f = "other"\n'
        '!!part.a = "x"\n',
    ),
    "a literal key": (
        "key_env",
        'braid = 1\n!!model.default = { api_key = "sk-x" }\npart.a = "x"\n',
    ),
    "in the headers": (
        "key_env",
        'braid = 1\n[model.default.headers]\n!!Authorization = "Bearer sk-x"\n[part]\na = "x"\n',
    ),
    "a function in no file": (
        "nothere.py",
        'braid = 1\npart.a = "x"\n!!merge.m = { python = "nothere.py:f", of = "a" }\n',
    ),
    "a label in no file": (
        "nothere.py",
        "braid = 1\n"
        'part.a = { prompt = "x", repeat = 3 }\n'
        '!!merge.m = { vote = "a", normalise = "python:nothere.py:f" }\n',
    ),
    "an unreadable prompt": (
        "nothere.txt",
        'braid = 1\n!!part.a = "@nothere.txt"\n',
    ),
    "an unreadable input": (
        "nothere.txt",
        'braid = 1\n!!input.i = { file = "nothere.txt" }\npart.a = "{i}"\n',
    ),
    "a schema keyword": (
        "did you mean properties?",
        'braid = 1\n!!part.a = { prompt = "x", schema = { type = "object", propertys = {} } }\n',
    ),
    "an open brace": (
        "the prompt",
        'braid = 1\n!!part.a = "look at {this"\n',
    ),
    "two kinds of merge": (
        "says one of stitch",
        'braid = 1\npart.a = "x"\n!!merge.m = { stitch = "a", jsonl = "a" }\n',
    ),
    "best without criteria": (
        "no criteria",
        'braid = 1\npart.a = { prompt = "x", repeat = 3 }\n!!merge.m = { best = "a" }\n',
    ),
    "no parts to write from": (
        "no {parts}",
        'braid = 1\npart.a = "x"\n!!merge.m = { synthesise = "a", prompt = "join" }\n',
    ),
    "a number out of range": (
        "temperature",
        'braid = 1\n!!part.a = { prompt = "x", temperature = -1 }\n',
    ),
    "a text for a number": (
        "rpm",
        'braid = 1\npart.a = "x"\n!!limits.rpm = "many"\n',
    ),
    "no TOML": (
        "w.toml:1",
        "!!braid = = 1\n",
    ),
    "a name that is not ASCII": (
        "quotes",
        'braid = 1\n!!part.é = "x"\n',
    ),
}

# The mistake is one of the whole file.
WHOLE = {
    "several sinks": ("which is the result", 'braid = 1\n[part]\na = "x"\nb = "y"\n'),
    "nothing at all": ("no part is declared", "braid = 1\n"),
    "not UTF-8": ("not UTF-8", "braid = 1\npart.a = '\udcff'\n"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_workflow_is_refused_with_its_line(tmp_path, kind):
    expected, marked = WRONG[kind]
    line = marked[: marked.index("!!")].count("\n") + 1
    (tmp_path / "w.toml").write_text(marked.replace("!!", ""))
    (tmp_path / "prices.toml").write_text("m = { input = 1, output = 1 }\n")
    with Server() as server:
        done = ask(server, "w.toml", cwd=tmp_path)
    assert (done.returncode, text_of(done), server.posts) == (2, "", 0), errors_of(done)
    assert errors_of(done).startswith(f"braid: w.toml:{line}: "), errors_of(done)
    assert expected in errors_of(done)


@pytest.mark.parametrize("kind", WHOLE)
def test_a_wrong_workflow_without_a_line(tmp_path, kind):
    expected, text = WHOLE[kind]
    (tmp_path / "w.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with Server() as server:
        done = ask(server, "w.toml", cwd=tmp_path)
    assert (done.returncode, server.posts) == (2, 0)
    assert errors_of(done).startswith("braid: w.toml") and expected in errors_of(done)


REPEAT = ["--prompt", "x", "--repeat", "2"]
EACH = ["--prompt", "{chunk}", "--each", "in.txt"]
OPTIONS = {
    "nothing to ask": ([], "nothing to ask"),
    "two ways to ask": (["x", "--prompt", "y"], "at a time"),
    "a misspelt option": (["x", "--modle", "m"], "--model"),
    "a value that is no number": (["x", "--rpm", "many"], "number"),
    "a rate of nothing": (["x", "--tpm", "0"], "above 0"),
    "an unknown merge": ([*REPEAT, "--merge", "vot"], "did you mean vote?"),
    "best without criteria": ([*REPEAT, "--merge", "best"], "--criteria"),
    "a quorum of words": (["--part", "a=x", "--part", "b=y", "--missing", "quorum:x"], "quorum:K"),
    "tokens without each": (["x", "--tokens", "5"], "need --each"),
    "batch with tokens": ([*EACH, "--batch", "2", "--tokens", "9"], "both batch and tokens"),
    "chunk without each": (["--prompt", "{chunk}"], "{chunk}"),
    "each without chunk": (["--prompt", "x", "--each", "in.txt"], "{chunk}"),
    "a file that is not there": (["--prompt", "{chunk}", "--each", "gone.txt"], "gone.txt"),
    "repeat at temperature 0": ([*REPEAT, "--temperature", "0"], "temperature 0"),
    "resume without a journal": (["x", "--resume"], "--journal"),
    "a budget without bounds": (["x", "--budget-tokens", "5"], "max_tokens"),
    "a base URL that is none": (["x", "--base-url", "localhost:80"], "http://"),
    "extra that is no object": (["x", "--extra", "[1]"], "--extra"),
    "a graph of another form": (["x", "--graph", "dot"], "svg"),
    "a header without a colon": (["x", "--header", "X"], "NAME:VALUE"),
    "a header with a line end": (["x", "--header", "X: a\r\nY: b"], "line end"),
    "--set without a workflow": (["x", "--set", "a=b"], "workflow"),
    "a key file that is not there": (["x", "--api-key-file", "gone"], "gone"),
    "a request that is no chat": (["--requests", "in.txt"], "in.txt:1"),
    "a choice alone": ([*REPEAT, "--choices", "yes"], "single choice"),
    "a directory as a journal": (["x", "--journal", "."], "."),
    "stdin twice": (["--prompt", "{subject}{chunk}", "--subject", "-", "--each", "-"], "once only"),
    "choices of no vote": ([*REPEAT, "--merge", "jsonl", "--choices", "a,b"], "--choices"),
    "a join of no stitch": ([*REPEAT, "--join", ", "], "--join says nothing about --merge jsonl"),
    "a margin of nothing": (["x", "--margin", "2"], "--margin needs something to merge"),
    "a judge of nobody": (["x", "--judge-model", "m"], "--judge-model"),
    "the output in no folder": (["x", "-o", "gone/out"], "cannot write gone/out"),
    "the rows in a folder": (["x", "--parts", "."], "it is a folder"),
    "a function that is not there": ([*REPEAT, "--merge", "python:gone.py:f"], "gone.py"),
    "a request that is not UTF-8": (["--requests", "latin.jsonl"], "not UTF-8"),
    "a request with a model of no price": (
        [
            "--requests",
            "r.jsonl",
            "--model",
            "m",
            "--max-tokens",
            "5",
            "--budget-usd",
            "1",
            "--prices",
            "prices.toml",
        ],
        "the price of dear",
    ),
}


@pytest.mark.parametrize("kind", OPTIONS)
def test_wrong_options_are_refused(tmp_path, kind):
    words, expected = OPTIONS[kind]
    (tmp_path / "in.txt").write_text("one\n\ntwo\n")
    latin = b'{"messages": [{"role": "user", "content": "caf\xe9"}]}'
    (tmp_path / "latin.jsonl").write_bytes(latin)
    (tmp_path / "prices.toml").write_text("m = { input = 1, output = 1 }\n")
    (tmp_path / "r.jsonl").write_text('{"model": "dear", "messages": []}\n')
    with Server() as server:
        done = ask(server, *words, cwd=tmp_path)
    assert (done.returncode, text_of(done), server.posts) == (2, "", 0), errors_of(done)
    assert expected in errors_of(done)


def test_a_function_without_a_python_is_refused(tmp_path):
    (tmp_path / "m.py").write_text("def f(texts):\n    return texts[0]\n")
    with Server() as server:
        words = [*REPEAT, "--merge", "python:m.py:f"]
        done = ask(server, *words, cwd=tmp_path, env=environment(PATH=str(tmp_path)))
        assert (done.returncode, server.posts) == (2, 0)
        assert "no python3" in errors_of(done)
        assert ask(server, *words, cwd=tmp_path).returncode == 0
