from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_line(line):
    try:
        number = int(line)
    except ValueError:
        number = 0
    return requests.get(f"http://host/{number}")


# The number is worked out for the call, and shown before it.
pool = ThreadPoolExecutor(max_workers=3)
try:
    answers = [pool.submit(fetch_line, line) for line in ["1", "two", "3"]]
    for line, pending in zip(["1", "two", "3"], answers):
        try:
            number = int(line)
        except ValueError:
            number = 0
        print("asking for", number)
        answer = pending.result()
        print(answer.status_code, number)
finally:
    pool.shutdown(cancel_futures=True)
