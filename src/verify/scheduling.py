"""Executors that choose the order in which tasks run, in the place of those of concurrent.futures
and of Braid's own.

They are what the script finds there, and nobody else. A submitted task
is held until somebody waits for an outcome; then held tasks run in the chosen order, up to the one
that is waited for. Any order is one that a real pool might take on some machine on some day, so a
program whose result depends on it is wrong.
"""

import sys


class _Order:
    """Which of the held tasks runs next."""

    def __init__(self, config):
        from random import Random

        self.name = config["order"]  # "submitted", "reversed" or "shuffled"
        self._random = Random(config.get("seed", 0))

    def next(self, held):
        if self.name == "reversed":
            return len(held) - 1
        if self.name == "shuffled":
            return self._random.randrange(len(held))
        return 0


class _Log:
    """What was scheduled, for those who judge whether a run has refuted anything."""

    def __init__(self):
        self.pools = []

    def lines(self):
        return [(pool.kind, pool.line, pool.tasks, pool.moved) for pool in self.pools]


def _make(config, filename, futures):
    """The scheduled classes and functions: a dict by their name in concurrent.futures."""
    import os
    import threading
    import time
    from concurrent.futures import _base

    real_threads = futures["ThreadPoolExecutor"]
    log = _Log()
    pid = os.getpid()
    quiet = 10.0  # after that long without a submission, held tasks run anyway

    class Held:
        """A task that nobody has started."""

        __slots__ = ("future", "call")

        def __init__(self, future, call):
            self.future = future
            self.call = call

    class ScheduledFuture(_base.Future):
        def __init__(self, pool):
            super().__init__()
            self._pool = pool

        def result(self, timeout=None):
            self._pool.settle(self, timeout)
            return super().result(timeout)

        def exception(self, timeout=None):
            self._pool.settle(self, timeout)
            return super().exception(timeout)

        def done(self):
            if not super().done():
                self._pool.asked()
            return super().done()

        def add_done_callback(self, fn):
            super().add_done_callback(fn)
            if not super().done():
                self._pool.awaited_elsewhere()

    class Schedule:
        """The held tasks of one pool, and the threads or processes that run them."""

        def __init__(self, kind, line, width, workers):
            self.kind = kind
            self.line = line
            self.tasks = 0
            self.finisher = None  # the thread that a shutdown without waiting leaves to the rest
            self.moved = 0  # tasks that ran before an earlier one had begun
            self._order = _Order(config)
            self._serial = config["serial"]
            self._workers = workers
            self._width = width
            self._held = []
            self._lock = threading.Lock()
            self._changed = threading.Condition(self._lock)
            self._watching = False
            self._quiet = quiet
            self._last = 0.0
            self._asked = 0
            log.pools.append(self)
            # A pool that nobody shuts down finishes its tasks before the interpreter ends.
            register = getattr(threading, "_register_atexit", None)
            if register is not None:
                register(self._at_end)

        def add(self, future, call):
            self.tasks += 1
            if self._order.name == "submitted" and not self._serial:
                self._begin(Held(future, call))
                return
            with self._lock:
                self._held.append(Held(future, call))
                self._last = time.monotonic()
                if not self._watching:
                    self._watching = True
                    threading.Thread(target=self._watch, daemon=True).start()

        def _at_end(self):
            if os.getpid() == pid:  # a forked worker has the same list of things to do
                if self.finisher is not None:
                    self.finisher.join()
                self.release_all()

        # -- when tasks run

        def settle(self, future, timeout):
            """Somebody waits for `future`."""
            if timeout is not None:  # less time than all the others may need, one after another
                self.release_all(serial=False)
            while True:
                with self._lock:
                    if not any(held.future is future for held in self._held):
                        return
                self.release_next()

        def asked(self):
            """Somebody looks whether a task is done. Whoever looks in a loop gets to see one."""
            self._asked += 1
            if self._asked % 3 == 0:
                self.release_next()
                time.sleep(0.001)

        def awaited_elsewhere(self):
            """An outcome goes to a callback, and somebody may wait for what that does."""
            with self._lock:
                self._quiet = 0.05
                self._changed.notify_all()

        def release_next(self, serial=None):
            """Runs one held task, and waits for it if tasks run one by one. False: none is held."""
            with self._lock:
                while True:
                    if not self._held:
                        return None
                    index = self._order.next(self._held)
                    held = self._held.pop(index)
                    if not held.future.cancelled():
                        break
                    held.future.set_running_or_notify_cancel()
                if index > 0:
                    self.moved += 1
            inner = self._begin(held)
            if inner is not None and (self._serial if serial is None else serial):
                _base.wait([inner])
                # Its outcome is handed on by a callback, which may come a moment later.
                while not _base.Future.done(held.future):
                    time.sleep(0)
            return held.future

        def release_all(self, serial=None):
            while self.release_next(serial) is not None:
                continue

        def drop(self):
            with self._lock:
                held, self._held = self._held, []
            for task in held:
                task.future.cancel()
                task.future.set_running_or_notify_cancel()

        def close(self):
            self._workers.close()

        def _watch(self):
            while True:
                with self._lock:
                    if not self._held:
                        self._watching = False
                        return
                    left = self._last + self._quiet - time.monotonic()
                    if left > 0:
                        self._changed.wait(left)
                        continue
                self.release_all()

        def _begin(self, held):
            outer = held.future
            if not outer.set_running_or_notify_cancel():
                return None
            try:
                inner = self._workers.start(*held.call)
            except BaseException as error:
                outer.set_exception(error)
                return None
            inner.add_done_callback(lambda done: self._hand_over(done, outer))
            return inner

        @staticmethod
        def _hand_over(inner, outer):
            if inner.cancelled():
                outer.set_exception(_base.CancelledError())
                return
            error = inner.exception()
            if error is not None:
                outer.set_exception(error)
            else:
                outer.set_result(inner.result())

    class Threads:
        """Threads that take turns, so that neighbouring tasks do not share a thread."""

        def __init__(self, width, prefix, initializer, initargs):
            self._width = width
            self._make = lambda: real_threads(1, prefix, initializer, initargs)
            self._idle = []
            self._all = []
            self._lock = threading.Lock()
            self._closed = False

        def start(self, fn, args, kwargs):
            with self._lock:
                if self._idle and len(self._all) >= self._width:
                    worker = self._idle.pop(0)
                else:  # a task that waits for another one needs more threads than there should be
                    worker = self._make()
                    self._all.append(worker)
            future = worker.submit(fn, *args, **kwargs)
            future.add_done_callback(lambda _: self._free(worker))
            return future

        def _free(self, worker):
            with self._lock:
                self._idle.append(worker)
                closed = self._closed
            if closed:
                worker.shutdown(wait=False)

        def close(self):
            with self._lock:
                self._closed = True
                workers = list(self._all)
            for worker in workers:
                worker.shutdown(wait=False)

        def join(self):
            for worker in list(self._all):
                worker.shutdown(wait=True)

    class BoundedThreads:
        """A real pool, with tasks delayed at random."""

        def __init__(self, width, prefix, initializer, initargs):
            from random import Random

            self._pool = real_threads(width, prefix, initializer, initargs)
            self._random = Random(config.get("seed", 0))
            self._delay = config["delay"]

        def start(self, fn, args, kwargs):
            if not self._delay:
                return self._pool.submit(fn, *args, **kwargs)
            before, after = (self._random.random() * self._delay for _ in range(2))

            def late(*args, **kwargs):
                time.sleep(before)
                try:
                    return fn(*args, **kwargs)
                finally:
                    time.sleep(after)

            return self._pool.submit(late, *args, **kwargs)

        def close(self):
            self._pool.shutdown(wait=False)

        def join(self):
            self._pool.shutdown(wait=True)

    class Processes:
        def __init__(self, pool):
            self._pool = pool

        def start(self, fn, args, kwargs):
            return self._pool.submit(fn, *args, **kwargs)

        def close(self):
            self._pool.shutdown(wait=False)

        def join(self):
            self._pool.shutdown(wait=True)

    def width_of(asked):
        return config["workers"] or asked

    class Scheduled:
        """What both kinds of pools share."""

        def _begin_schedule(self, kind, width, workers):
            self._closed = False
            self._schedule_workers = workers
            self._schedule = Schedule(kind, self._schedule_line, width, workers)

        def submit(self, fn, /, *args, **kwargs):
            if os.getpid() != pid:
                raise RuntimeError("cannot schedule new futures in a child of the main process")
            if self._closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
            future = ScheduledFuture(self._schedule)
            self._schedule.add(future, (fn, args, kwargs))
            return future

        def shutdown(self, wait=True, *, cancel_futures=False):
            if os.getpid() != pid:
                return
            self._closed = True
            if cancel_futures:
                self._schedule.drop()
            if wait:
                self._schedule.release_all()
                self._schedule_workers.join()
            else:
                self._schedule.finisher = threading.Thread(target=self._finish)
                self._schedule.finisher.start()

        def _finish(self):
            self._schedule.release_all()
            self._schedule.close()

    def line_of_caller():
        frame = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename != filename:
            frame = frame.f_back
        return frame.f_lineno if frame is not None else 0

    def wanted(line):
        """Whether a pool made in this line of the script belongs to what is tested."""
        ranges = config["ranges"]
        return ranges is None or any(begin <= line <= end for begin, end in ranges)

    class ScheduledThreadPoolExecutor(Scheduled, real_threads):
        def __new__(cls, *args, **kwargs):
            line = line_of_caller()
            if cls is ScheduledThreadPoolExecutor and not wanted(line):
                return real_threads(*args, **kwargs)
            self = object.__new__(cls)
            self._schedule_line = line
            return self

        def __init__(self, max_workers=None, thread_name_prefix="", initializer=None, initargs=()):
            real_threads.__init__(self, max_workers, thread_name_prefix, initializer, initargs)
            width = width_of(self._max_workers)
            kind = Threads if config["serial"] else BoundedThreads
            workers = kind(width, self._thread_name_prefix, initializer, tuple(initargs))
            self._begin_schedule("thread", width, workers)

    made = {"ThreadPoolExecutor": ScheduledThreadPoolExecutor}

    def make_processes(real_processes):
        import multiprocessing

        class ScheduledProcessPoolExecutor(Scheduled, real_processes):
            def __new__(cls, *args, **kwargs):
                line = line_of_caller()
                if cls is ScheduledProcessPoolExecutor and not wanted(line):
                    return real_processes(*args, **kwargs)
                self = object.__new__(cls)
                self._schedule_line = line
                return self

            def __init__(
                self, max_workers=None, mp_context=None, initializer=None, initargs=(), **more
            ):
                real_processes.__init__(
                    self, max_workers, mp_context, initializer, initargs, **more
                )
                width = width_of(self._max_workers)
                if config["start_method"]:
                    mp_context = multiprocessing.get_context(config["start_method"])
                pool = real_processes(width, mp_context, initializer, initargs, **more)
                self._begin_schedule("process", width, Processes(pool))

            def terminate_workers(self):
                self._schedule_workers._pool.terminate_workers()

            def kill_workers(self):
                self._schedule_workers._pool.kill_workers()

        return ScheduledProcessPoolExecutor

    def as_completed(fs, timeout=None):
        pending = list(dict.fromkeys(fs))
        if timeout is None:
            for future in [f for f in pending if _base.Future.done(f)]:
                pending.remove(future)
                yield future
            for pool in _pools(pending):
                while True:
                    future = pool.release_next()
                    if future is None:
                        break
                    if config["serial"] and future in pending:
                        pending.remove(future)
                        yield future
        else:
            for pool in _pools(pending):
                pool.release_all(serial=False)
        yield from futures["as_completed"](pending, timeout)

    def wait(fs, timeout=None, return_when=_base.ALL_COMPLETED):
        fs = set(fs)

        def enough():
            done = [f for f in fs if _base.Future.done(f)]
            if return_when == _base.FIRST_COMPLETED:
                return bool(done)
            failed = any(not f.cancelled() and f.exception() is not None for f in done)
            return return_when == _base.FIRST_EXCEPTION and failed

        for pool in _pools(fs):
            if timeout is not None:
                pool.release_all(serial=False)
            while not enough() and pool.release_next() is not None:
                continue
        return futures["wait"](fs, timeout, return_when)

    def _pools(fs):
        return list(dict.fromkeys(f._pool for f in fs if isinstance(f, ScheduledFuture)))

    made["as_completed"] = as_completed
    made["wait"] = wait
    return made, make_processes, log


def install(config, filename, after_import):
    """Puts the scheduled executors into concurrent.futures, for the script `filename` alone.
    Returns what tells, at the end, what was scheduled."""
    if config.get("switch_interval"):
        sys.setswitchinterval(config["switch_interval"])
    log = []

    def patch(module):
        real = dict.fromkeys(("wait", "as_completed"))
        for name in real:
            real[name] = module.__dict__.pop(name)
        real_getattr = module.__getattr__
        made = {}

        class Real(dict):
            def __missing__(self, name):
                # The module's own function would also store the name, and hide this one.
                if name == "ThreadPoolExecutor":
                    from concurrent.futures.thread import ThreadPoolExecutor as found
                elif name == "ProcessPoolExecutor":
                    from concurrent.futures.process import ProcessPoolExecutor as found
                else:
                    raise KeyError(name)
                self[name] = found
                return found

        futures = Real(real)

        def scheduled(name, processes=None):
            """`processes`: the executor whose workers run the tasks, if it is another's."""
            if not made:
                found, make_processes, pools = _make(config, filename, futures)
                made.update(found)
                made["processes"] = make_processes
                log.append(pools)
            if name != "ProcessPoolExecutor":
                return made[name]
            processes = processes or futures[name]
            if processes not in made:
                made[processes] = made["processes"](processes)
            return made[processes]

        def __getattr__(name):
            if name in ("ThreadPoolExecutor", "ProcessPoolExecutor", "wait", "as_completed"):
                if sys._getframe(1).f_code.co_filename == filename:
                    return scheduled(name)
                return futures[name]
            return real_getattr(name)

        __getattr__.scheduled = scheduled
        module.__getattr__ = __getattr__

    def is_tested(frame):
        ranges = config["ranges"]
        line = frame.f_lineno
        return frame.f_code.co_filename == filename and (
            ranges is None or any(begin <= line <= end for begin, end in ranges)
        )

    def patch_braid(module):
        """What is tested gets the scheduled executors; the others stay Braid's."""
        real_getattr = module.__getattr__

        def real(name):
            found = real_getattr(name)
            module.__dict__.pop(name, None)  # the next look-up may be another's
            return found

        def __getattr__(name):
            if name not in ("ThreadPoolExecutor", "ProcessPoolExecutor"):
                return real_getattr(name)
            if is_tested(sys._getframe(1)):
                from concurrent import futures

                processes = real(name) if name == "ProcessPoolExecutor" else None
                return futures.__getattr__.scheduled(name, processes)
            return real(name)

        module.__getattr__ = __getattr__

    def patch_joblib(module):
        """What is tested runs its calls on the scheduled executors."""
        from collections import deque
        from itertools import islice

        real = module.Parallel
        by_value = []  # one class for all, as they are scheduled by class

        def make_processes():
            from joblib.externals.loky import ProcessPoolExecutor

            class Workers(ProcessPoolExecutor):
                def __init__(self, max_workers, mp_context=None, initializer=None, initargs=()):
                    super().__init__(max_workers, initializer=initializer, initargs=initargs)

            by_value.append(Workers)

        def run(parallel, calls):
            from concurrent import futures

            width = parallel._backend.effective_n_jobs(parallel.n_jobs)
            if type(parallel._backend).__name__ == "ThreadingBackend":
                pool = futures.__getattr__.scheduled("ThreadPoolExecutor")(width)
            else:
                if not by_value:
                    make_processes()
                pool = futures.__getattr__.scheduled("ProcessPoolExecutor", by_value[0])(width)
            pending = deque()

            def submit(most):
                for function, arguments, keywords in islice(calls, most):
                    pending.append(pool.submit(function, *arguments, **keywords))

            submit(2 * width)

            def outputs():
                try:
                    while pending:
                        yield pending.popleft().result()
                        submit(1)
                finally:
                    pool.shutdown(cancel_futures=True)

            return outputs()

        class Parallel(real):
            def __call__(self, iterable):
                if not is_tested(sys._getframe(1)):
                    return super().__call__(iterable)
                outputs = run(self, iter(iterable))
                return outputs if self.return_generator else list(outputs)

        Parallel.__name__ = real.__name__
        Parallel.__qualname__ = real.__qualname__
        Parallel.__module__ = real.__module__
        module.Parallel = Parallel

    after_import("concurrent.futures", patch)
    after_import("braid", patch_braid)
    after_import("joblib", patch_joblib)
    return lambda: [line for pools in log for line in pools.lines()]
