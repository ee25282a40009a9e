import requests, contextlib
depth = 0
@contextlib.contextmanager
def level():
    global depth
    depth += 1
    yield depth
for u in "abc":
    with level() as d:
        print(requests.get("http://h/" + u + str(d)).text)
