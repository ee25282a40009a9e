import requests
import somerows


def ask(source):
    rows = somerows.read(source)
    for row in rows:
        print(row, requests.get("http://host/" + str(row), timeout=5).status_code)


ask("rows.db")
