# The file has names of its own, which stay what they are.
import requests
from joblib import Parallel, delayed

attempt = calls = 1
outcome = "before"


def attempt_call(function, /, *arguments, **keywords):
    """Call `function`: what it returned and None, or None and what it raised."""
    try:
        return function(*arguments, **keywords), None
    except BaseException as error:
        return None, error


def result_of(outcome):
    """What the call returned; what it raised is raised here."""
    result, error = outcome
    try:
        if error is not None:
            raise error
        return result
    finally:
        del outcome, error  # else the exception would hold itself


def stop_calls(calls, outcomes):
    """Begin no more of `calls`, and wait for those that run."""
    calls.clear()
    try:
        for _ in outcomes:
            pass
    except Exception:
        pass  # nobody asks any more what became of them


delayed_calls = [
    delayed(attempt_call)(requests.get, "http://host/" + name)
    for name in ["a", "b", "c"]
]
outcomes = Parallel(n_jobs=3, backend="threading", return_as="generator")(delayed_calls)
try:
    for name, ended in zip(["a", "b", "c"], outcomes):
        response = result_of(ended)
        print(name, response.status_code, attempt, calls, outcome)
finally:
    stop_calls(delayed_calls, outcomes)
