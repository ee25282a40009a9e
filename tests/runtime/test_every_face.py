"""Each face on each backend and start method, with each option that means something there."""

import asyncio
import itertools

import braid
import pytest

BACKENDS = {
    "serial": {"backend": "serial"},
    "threads": {"backend": "threads", "workers": 2},
    "forkserver": {"backend": "processes", "workers": 2},
    "fork": {"backend": "processes", "workers": 2, "start_method": "fork"},
    "spawn": {"backend": "processes", "workers": 2, "start_method": "spawn"},
    "asyncio": {"backend": "asyncio", "workers": 3},
    "auto": {"workers": 2},
}
COUNT = 40


def work(number):
    return 3 * number


def fail(number):
    if number in (7, 20):
        raise ValueError(number)
    return 3 * number


def draw(_):
    return braid.rng().random()


async def work_later(number):
    await asyncio.sleep(0)
    return work(number)


async def fail_later(number):
    await asyncio.sleep(0)
    return fail(number)


async def draw_later(number):
    await asyncio.sleep(0)
    return draw(number)


LATER = {work: work_later, fail: fail_later, draw: draw_later}


async def listed(results):
    return [result async for result in results]


def by_runner(name):
    def call(function, items, options):
        with braid.Runner(**options) as runner:
            found = getattr(runner, name)(function, items)
            return asyncio.run(found) if name == "amap" else list(found)

    return call


def by_runner_submit(function, items, options):
    with braid.Runner(**options) as runner:
        return [future.result(20) for future in [runner.submit(function, n) for n in items]]


FACES = {
    "map": lambda f, items, options: braid.map(f, items, **options),
    "imap": lambda f, items, options: list(braid.imap(f, items, **options)),
    "starmap": lambda f, items, options: braid.starmap(f, [(n,) for n in items], **options),
    "amap": lambda f, items, options: asyncio.run(braid.amap(f, items, **options)),
    "aimap": lambda f, items, options: asyncio.run(listed(braid.aimap(f, items, **options))),
    "Runner.map": by_runner("map"),
    "Runner.imap": by_runner("imap"),
    "Runner.amap": by_runner("amap"),
}
CASES = list(itertools.product(FACES, BACKENDS))


def fitting(function, backend):
    """The function, as a coroutine function where the backend runs those."""
    return LATER[function] if backend == "asyncio" else function


@pytest.fixture(params=CASES, ids="-".join)
def face(request):
    """call(function, items, **options) of one face on one backend."""
    name, backend = request.param

    def call(function, items, **options):
        return FACES[name](fitting(function, backend), items, {**BACKENDS[backend], **options})

    call.backend = backend
    return call


def test_results_are_the_builtins(face):
    assert face(work, range(COUNT)) == [3 * n for n in range(COUNT)]
    assert face(work, iter(range(COUNT)), window=3) == [3 * n for n in range(COUNT)]
    assert face(work, []) == []
    assert sorted(face(work, range(COUNT), ordered=False)) == [3 * n for n in range(COUNT)]
    assert face(work, range(COUNT), batch=7) == [3 * n for n in range(COUNT)]


def test_errors_are_raised_returned_or_left_out(face):
    with pytest.raises(ValueError, match="7") as caught:
        face(fail, range(COUNT))
    info = braid.error_info(caught.value)
    assert (info.index, info.attempts) == (7, 1)
    assert info.item in ("7", "(7,)")
    with pytest.raises(ValueError, match="7") as caught:
        face(fail, range(COUNT), retries=2)
    assert braid.error_info(caught.value).attempts == 3
    with pytest.raises(ValueError):
        face(fail, range(COUNT), ordered=False)
    right = [3 * n for n in range(COUNT) if n not in (7, 20)]
    assert face(fail, range(COUNT), on_error="skip") == right
    found = face(fail, range(COUNT), on_error="return")
    assert [n for n in found if isinstance(n, int)] == right
    assert [braid.error_info(found[n]).index for n in (7, 20)] == [7, 20]


def test_streams_journals_progress_and_initializers(face, tmp_path):
    streams = face(draw, range(COUNT), seed=11)
    assert streams == braid.map(draw, range(COUNT), seed=11, backend="serial")
    options = {"journal": tmp_path / "run.db", "on_error": "skip"}
    right = [3 * n for n in range(COUNT) if n not in (7, 20)]
    assert face(fail, range(COUNT), **options) == right
    assert braid.last_run().items == len(right)
    # All others come from the journal, whatever the items are now.
    expected = ["???" if n in (7, 20) else 3 * n for n in range(COUNT)]
    assert face(fail, ["?"] * COUNT, **options) == expected
    told = []
    face(work, range(COUNT), progress=lambda *found: told.append(found))
    assert told[-1] == (COUNT, COUNT, 0)
    assert face(work, [1], initializer=abs, initargs=(-1,)) == [3]
    with pytest.raises(braid.InitializerFailed):
        face(work, [1, 2], initializer=len, initargs=(3,))


def test_time_limits(face):
    if face.backend == "serial":
        with pytest.raises(ValueError, match="timeout"):
            face(work, [1], timeout=5)
        return
    assert face(work, range(COUNT), timeout=20) == [3 * n for n in range(COUNT)]


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "asyncio"])
def test_submit_of_a_runner(backend):
    assert by_runner_submit(work, range(COUNT), BACKENDS[backend]) == [3 * n for n in range(COUNT)]


@pytest.mark.parametrize("method", [None, "fork", "spawn", "forkserver"])
def test_executors(method):
    import multiprocessing

    context = method and multiprocessing.get_context(method)
    with braid.ProcessPoolExecutor(2, mp_context=context) as pool, braid.ThreadPoolExecutor(2) as t:
        for executor in (pool, t):
            assert list(executor.map(work, range(COUNT))) == [3 * n for n in range(COUNT)]
            future = executor.submit(fail, 7)
            assert isinstance(future.exception(20), ValueError)


@pytest.mark.parametrize("return_as", ["list", "generator", "generator_unordered"])
@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading", "sequential"])
def test_parallel(backend, return_as):
    parallel = braid.Parallel(n_jobs=2, backend=backend, return_as=return_as)
    found = parallel(braid.delayed(work)(n) for n in range(COUNT))
    assert sorted(found) == [3 * n for n in range(COUNT)]
    with pytest.raises(ValueError):
        list(parallel(braid.delayed(fail)(n) for n in range(COUNT)))
    assert sorted(parallel(braid.delayed(work)(n) for n in range(3))) == [0, 3, 6]
