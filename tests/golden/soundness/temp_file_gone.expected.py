import tempfile, requests
from concurrent.futures import ThreadPoolExecutor
def get(u, *, pending=None):
    f = tempfile.NamedTemporaryFile()
    f.write((pending.result() if pending else requests.get("http://h/" + u)).content)
    f.flush()
    return f
pool = ThreadPoolExecutor(max_workers=2)
try:
    calls = [pool.submit(requests.get, "http://h/" + u) for u in ["a", "b"]]
    for u, pending in zip(["a", "b"], calls):
        f = get(u, pending=pending)
        print(len(open(f.name).read()))
finally:
    pool.shutdown(cancel_futures=True)
