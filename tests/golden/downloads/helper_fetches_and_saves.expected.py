from concurrent.futures import ThreadPoolExecutor

import requests


def download(url, name, *, pending=None):
    answer = pending.result() if pending else requests.get(url)
    with open(name, "w") as out:
        out.write(answer.text)


def main():
    pool = ThreadPoolExecutor(max_workers=8)
    try:
        answers = [
            pool.submit(requests.get, f"http://pages.example/{number}")
            for number in range(8)
        ]
        for number, pending in zip(range(8), answers):
            download(f"http://pages.example/{number}", f"{number}.html", pending=pending)
    finally:
        pool.shutdown(cancel_futures=True)


main()
