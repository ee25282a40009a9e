import sys

import requests

BASE_URL = sys.argv[1] + "/wait/800/"


def download():
    for page in range(1, 33):
        filename = f"{page}.html"
        response = requests.get(f"{BASE_URL}{page}")
        with open(filename, "w") as file:
            file.write(response.text)


download()
