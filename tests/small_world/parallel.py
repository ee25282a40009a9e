"""joblib on one thread: calls run when, and in the order that, a schedule says.

It does what a program must not rely on: takes calls from their iterable only as others end, fails
with the first failure that it sees, and shows whoever closes its generator before the end.
"""

import collections
import functools
import itertools
import types

import schedules
import stand_ins


def delayed(function):
    @functools.wraps(function)
    def make(*arguments, **keywords):
        return function, arguments, keywords

    return make


class Parallel:
    BACKENDS = {"threading": schedules.Pool, "loky": schedules.ProcessPool}

    def __init__(self, n_jobs, backend, return_as="list", max_nbytes="1M"):
        self.pool = self.BACKENDS[backend]()
        self.at_once = 2
        self.return_as = return_as

    def __call__(self, calls):
        outputs = self.outputs(iter(calls))
        next(outputs)  # the first calls are submitted at once
        return list(outputs) if self.return_as == "list" else outputs

    def outputs(self, calls):
        jobs = collections.deque()

        def dispatch(most):
            for function, arguments, keywords in itertools.islice(calls, most):
                jobs.append(self.pool.submit(function, *arguments, **keywords))

        dispatch(2 * self.at_once)
        try:
            yield
            while jobs:
                jobs[0].schedule.awaited(jobs[0])
                done = [job for job in jobs if job.finished]
                for job in done:
                    if job.error is not None:
                        raise job.error
                dispatch(len(done))
                yield jobs.popleft().value
        except GeneratorExit:
            stand_ins.world.see("warn", "a generator of Parallel is closed before its end")
            raise
        finally:
            self.pool.shutdown(cancel_futures=True)


joblib = types.ModuleType("joblib")
joblib.Parallel, joblib.delayed = Parallel, delayed
schedules.MODULES["joblib"] = joblib
