import requests
from joblib import Parallel, delayed

URLS = ["http://host/a", "http://host/b", "http://host/c"]


def size(url):
    return len(requests.get(url).text)


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


print([
    result_of(outcome).status_code
    for outcome in Parallel(n_jobs=32, backend="threading")(
        [delayed(attempt)(requests.get, url) for url in URLS]
    )
])
print({
    url: result_of(outcome).ok
    for url, outcome in zip(
        URLS,
        Parallel(n_jobs=32, backend="threading")(
            [delayed(attempt)(requests.get, url) for url in URLS]
        ),
    )
})
print(sum(
    result_of(outcome)
    for outcome in Parallel(n_jobs=32, backend="threading")(
        [delayed(attempt)(size, url) for url in URLS]
    )
))
print([len(url) for url in URLS if requests.get(url).ok])
print(any(requests.get(url).ok for url in URLS))
