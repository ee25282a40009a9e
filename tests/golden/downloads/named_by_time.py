"""Backups that are named after the host and the time: the names must tell the hosts apart."""

from datetime import datetime

import requests


def main():
    for host in ["a", "b", "c", "d"]:
        response = requests.get(f"http://{host}.test/config")
        stamp = datetime.now().strftime("%Y")
        with open(f"{host}_{stamp}.txt", "w") as file:
            file.write(response.text)


main()
