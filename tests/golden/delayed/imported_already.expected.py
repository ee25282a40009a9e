import joblib
import requests


def length(name):
    return len(name)


names = ["a", "b", "c"]
print(joblib.Parallel(n_jobs=2, backend="threading")(joblib.delayed(length)(name) for name in names))
calls = [joblib.delayed(length)(name) for name in names]


def attempt(function, /, *arguments, **keywords):
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


def fetch_name(name):
    return requests.get("http://host/" + name)


delayed_calls = [joblib.delayed(attempt)(fetch_name, name) for name in names]
outcomes = joblib.Parallel(n_jobs=32, backend="threading", return_as="generator")(delayed_calls)
try:
    for name, outcome in zip(names, outcomes):
        response = result_of(outcome)
        print(name, response.status_code)
finally:
    stop_calls(delayed_calls, outcomes)
