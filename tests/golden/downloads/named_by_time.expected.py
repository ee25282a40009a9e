"""Backups that are named after the host and the time: the names must tell the hosts apart."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import requests


def main():
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        responses = [
            pool.submit(requests.get, f"http://{host}.test/config") for host in ["a", "b", "c", "d"]
        ]
        for host, pending in zip(["a", "b", "c", "d"], responses):
            response = pending.result()
            stamp = datetime.now().strftime("%Y")
            with open(f"{host}_{stamp}.txt", "w") as file:
                file.write(response.text)
    finally:
        pool.shutdown(cancel_futures=True)


main()
