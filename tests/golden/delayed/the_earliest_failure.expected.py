# Which failure is seen first is no matter: the earliest is raised, and what comes before it is kept.
import requests
from joblib import Parallel, delayed


def fetch(name):
    response = requests.get("http://host/" + name)
    response.raise_for_status()
    return response.text


names = ["a", "b", "missing-1", "missing-2", "c"]
texts = []


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


try:
    calls = [delayed(attempt)(fetch, name) for name in names]
    outcomes = Parallel(n_jobs=32, backend="threading", return_as="generator")(calls)
    try:
        for name, outcome in zip(names, outcomes):
            text = result_of(outcome)
            texts.append(text)
            print(name, len(text))
    finally:
        stop_calls(calls, outcomes)
except requests.HTTPError as problem:
    print(problem, name, len(texts))
for name in names:
    text = requests.get("http://host/" + name).text
    if "missing" in name:
        print("enough", name)
        break
    print(text[:20])
