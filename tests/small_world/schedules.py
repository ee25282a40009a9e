"""concurrent.futures on one thread: tasks run when, and in the order that, a schedule says.

A process pool is simulated: what crosses is pickled, and tasks run in namespaces of their own, made
as `fork` makes them (the data of the parent when the pool began) or as `spawn` does (the text
executed again).
"""

import builtins
import copyreg
import io
import pickle
import random
import sys
import types

import stand_ins


class Schedule:
    """When pending tasks run. `kind`: at once, in order, last first, random, or late."""

    KINDS = ("at once", "last first", "random", "in order", "late")

    def __init__(self, kind, seed=0):
        self.kind = kind
        self.random = random.Random(seed)
        self.pending = []

    def submitted(self, future):
        self.pending.append(future)
        if self.kind == "at once":
            self.run(future)
        elif self.kind == "random":
            self.overtake()

    def overtake(self):
        """Some tasks overtake the program here."""
        if self.kind == "random":
            while self.pending and self.random.random() < 0.4:
                self.run(self.random.choice(self.pending))

    def awaited(self, future):
        """The program waits for this one."""
        while not future.finished:
            if self.kind == "last first":
                self.run(self.pending[-1])
            elif self.kind == "random":
                self.run(self.random.choice(self.pending))
            elif self.kind == "in order":
                self.run(self.pending[0])
            else:
                self.run(future)

    def run(self, future):
        self.pending.remove(future)
        future.execute()

    def drain(self, pool, cancel):
        """Ends what is pending in one pool."""
        while mine := [future for future in self.pending if future.pool is pool]:
            future = mine[-1] if self.kind == "last first" else mine[0]
            if cancel:
                self.pending.remove(future)
                future.cancelled_ = future.finished = True
            else:
                self.run(future)


class CancelledError(Exception):
    pass


def failure_in(value):
    """The exception that a worker returns beside what it had gathered before, or None."""
    last = value[-1] if isinstance(value, tuple) and value else None
    if last is None and isinstance(value, tuple) and len(value) == 2:
        return failure_in(value[0])  # joblib: what a call gave, and that it did not fail
    return last if isinstance(last, BaseException) else None


class Future:
    def __init__(self, pool, call):
        self.pool, self.schedule, self.call = pool, pool.schedule, call
        self.finished = self.cancelled_ = False
        self.value = self.error = None

    def execute(self):
        world = stand_ins.world
        world.inside += 1
        handled = sys.exc_info()[1]  # by the program; a task of another thread knows nothing of it
        try:
            self.value = self.call()
            failed = failure_in(self.value)
        except BaseException as error:
            failed = self.error = error
        finally:
            world.inside -= 1
        if failed is not None:
            failed.__traceback__ = None  # its frames stand on the program's own stack only here
        while failed is not None and failed is not handled:
            if failed.__context__ is handled:
                failed.__context__ = None
            failed = failed.__context__
        self.call = None
        self.finished = True

    def result(self, timeout=None):
        self.schedule.overtake()
        self.schedule.awaited(self)
        if self.cancelled_:
            raise CancelledError
        if self.error is not None:
            try:
                raise self.error
            finally:
                self = None  # as concurrent.futures: no cycle through the traceback
        return self.value

    def exception(self, timeout=None):
        self.schedule.awaited(self)
        return self.error

    def done(self):
        self.schedule.overtake()
        return self.finished

    def cancelled(self):
        return self.cancelled_

    def cancel(self):
        if self.finished:
            return self.cancelled_
        self.schedule.pending.remove(self)
        self.cancelled_ = self.finished = True
        return True


class Pool:
    """A pool of threads."""

    def __init__(self, max_workers=None, initializer=None, initargs=(), **_):
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        self.schedule = stand_ins.world.schedule
        self.closed = False
        if initializer is not None:
            initializer(*initargs)

    def submit(self, function, /, *arguments, **keywords):
        if self.closed:
            raise RuntimeError("cannot schedule new futures after shutdown")
        if stand_ins.world.exiting:
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")
        future = Future(self, self.call_of(function, arguments, keywords))
        self.schedule.submitted(future)
        return future

    def call_of(self, function, arguments, keywords):
        return lambda: function(*arguments, **keywords)

    def map(self, function, *iterables, timeout=None, chunksize=1):
        futures = [self.submit(function, *each) for each in zip(*iterables)]
        return (future.result() for future in futures)

    def shutdown(self, wait=True, *, cancel_futures=False):
        self.closed = True
        self.schedule.drain(self, cancel_futures)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()


# -- processes


def find(namespace, name):
    value = namespace
    for part in name.split("."):
        value = value[part] if value is namespace else getattr(value, part)
    return value


class Pickler(pickle.Pickler):
    """Names of the program's own module stand for what its namespace holds."""

    def __init__(self, file, process):
        super().__init__(file)
        self.process = process
        self.dispatch_table = process.reducers

    def reducer_override(self, value):
        if isinstance(value, (types.FunctionType, type)):
            if value.__module__ in ("__main__", "__mp_main__"):
                try:
                    same = find(self.process.namespace, value.__qualname__) is value
                except (KeyError, AttributeError):
                    same = False
                if not same:
                    raise pickle.PicklingError(f"cannot pickle {value.__qualname__}")
                return by_name, (value.__qualname__,)
            if value.__module__ == "stand_ins":
                return library_name, (value.__qualname__,)
        if isinstance(value, types.ModuleType):
            raise TypeError("cannot pickle 'module' object")
        return NotImplemented


def by_name(name):
    return find(receiving.namespace, name)


def library_name(name):
    return find(vars(stand_ins), name)


receiving = None


class Process:
    """One interpreter: a namespace and what it registered with copyreg."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.reducers = copyreg.dispatch_table.copy()

    def dumps(self, value):
        file = io.BytesIO()
        Pickler(file, self).dump(value)
        return file.getvalue()

    def loads(self, data):
        global receiving
        before = receiving
        receiving = self
        try:
            return pickle.loads(data)
        finally:
            receiving = before


class Processes:
    """The running program: its parent process, the text that workers execute, how they start."""

    def __init__(self, code, parent, start, make_namespace):
        self.code, self.parent, self.start = code, parent, start
        self.make_namespace = make_namespace
        self.active = parent

    def new_worker(self, parent):
        worker = Process(self.make_namespace("__mp_main__"))
        before, self.active = self.active, worker
        world = stand_ins.world
        if self.start == "fork":  # executes nothing again: what this shows goes nowhere
            stand_ins.enter(stand_ins.World(files=world.files))
        try:
            exec(self.code, worker.namespace)
        finally:
            self.active = before
            stand_ins.enter(world)
        if self.start == "fork":
            for name, value in parent.namespace.items():
                if name.startswith("__") or isinstance(
                    value, (types.FunctionType, type, types.ModuleType)
                ):
                    continue
                try:
                    worker.namespace[name] = worker.loads(parent.dumps(value))
                except Exception:
                    worker.namespace.pop(name, None)  # handles that only the parent holds
            worker.reducers.update(parent.reducers)
        return worker


processes = None


class ProcessPool(Pool):
    def __init__(self, max_workers=None, mp_context=None, initializer=None, initargs=(), **_):
        super().__init__(max_workers)
        self.owner = processes.active  # a worker may have a pool of its own
        self.set_up = None if initializer is None else self.owner.dumps((initializer, initargs))
        self.workers = []
        self.seed = 0

    def worker(self):
        # The first two tasks have workers of their own, later ones share the first.
        self.seed += 1
        if len(self.workers) < 2:
            worker = processes.new_worker(self.owner)
            if self.set_up is not None:
                function, arguments = worker.loads(self.set_up)
                self.within(worker, lambda: function(*arguments))
            self.workers.append(worker)
            return worker
        return self.workers[self.seed % 2]

    @staticmethod
    def within(worker, call):
        before, processes.active = processes.active, worker
        try:
            return call()
        finally:
            processes.active = before

    def call_of(self, function, arguments, keywords):
        try:
            sent = self.owner.dumps((function, arguments, keywords))
        except Exception as error:
            return raising(error)

        def call():
            worker = self.worker()
            work = worker.loads(sent)
            parent = self.owner
            failed = None
            try:
                value = self.within(worker, lambda: work[0](*work[1], **work[2]))
            except BaseException as error:
                try:
                    failed = parent.loads(worker.dumps(error))
                    # A real pool gives it the worker's traceback as text, which tells the same.
                    failed.__context__ = error.__context__
                except Exception as problem:
                    failed = BrokenProcessPool(f"{type(error).__name__}: {problem}")
            if failed is not None:
                raise failed
            received = parent.loads(worker.dumps(value))
            if failure_in(received) is not None:
                failure_in(received).__context__ = failure_in(value).__context__
                failure_in(value).__traceback__ = None  # another process's frames
            return received

        return call


class BrokenProcessPool(RuntimeError):
    pass


def raising(error):
    def call():
        raise error

    return call


class PickleModule(types.ModuleType):
    PicklingError = pickle.PicklingError

    @staticmethod
    def dumps(value, *_, **__):
        return processes.active.dumps(value)

    @staticmethod
    def loads(data, *_, **__):
        return processes.active.loads(data)


class CopyregModule(types.ModuleType):
    @staticmethod
    def pickle(kind, reduce, *_):
        processes.active.reducers[kind] = reduce


futures = types.ModuleType("concurrent.futures")
futures.ThreadPoolExecutor, futures.ProcessPoolExecutor = Pool, ProcessPool
futures.Future, futures.CancelledError = Future, CancelledError
concurrent = types.ModuleType("concurrent")
concurrent.futures = futures

MODULES = {
    **stand_ins.MODULES,
    "concurrent": concurrent,
    "concurrent.futures": futures,
    "pickle": PickleModule("pickle"),
    "copyreg": CopyregModule("copyreg"),
}


def fake_import(name, globals=None, locals=None, fromlist=(), level=0):
    module = MODULES.get(name) or stand_ins.plain(name)
    if module is None:
        raise ModuleNotFoundError(f"no module named {name!r} in small worlds")
    return MODULES[name.partition(".")[0]] if "." in name and not fromlist else module


BUILTINS = {
    **vars(builtins),
    "__import__": fake_import,
    "print": stand_ins.fake_print,
    "open": stand_ins.fake_open,
}
