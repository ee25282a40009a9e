from concurrent.futures import ThreadPoolExecutor

import requests

failures = 0
statuses = {}
pool = ThreadPoolExecutor(max_workers=4)
try:
    hosts = ["a.example", "fail.example", "b.example", "missing.example"]
    answers = [
        pool.submit(requests.head, f"http://{host}/", timeout=5) for host in hosts
    ]
    for host, pending in zip(hosts, answers):
        try:
            address = f"http://{host}/"
            answer = pending.result()
            answer.raise_for_status()
        except requests.HTTPError as error:
            print("refused", error)
        except requests.RequestException as error:
            failures += 1
            print("failed", host, error)
        else:
            statuses[host] = answer.status_code
        finally:
            print("tried", host)
finally:
    pool.shutdown(cancel_futures=True)
print(statuses, failures)
