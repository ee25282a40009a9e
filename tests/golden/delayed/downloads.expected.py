import csv

import requests
from joblib import Parallel, delayed

BASE_URL = "http://host/page/"


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


with open("out.csv", "w", newline="") as table:
    writer = csv.writer(table)
    calls = [
        delayed(attempt)(requests.get, f"{BASE_URL}{page}") for page in range(1, 9)
    ]
    outcomes = Parallel(n_jobs=8, backend="threading", return_as="generator")(calls)
    try:
        for page, outcome in zip(range(1, 9), outcomes):
            filename = f"{page}.html"
            response = result_of(outcome)
            with open(filename, "w") as file:
                file.write(response.text)
            writer.writerow([page, filename, response.status_code])
    finally:
        stop_calls(calls, outcomes)
