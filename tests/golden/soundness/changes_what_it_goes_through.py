# What the loop puts into its own input, it comes to.
import requests

table = {"a": "1", "b": "2", "c": "3"}


def run():
    for name, value in table.items():
        if name == "b":
            table["c"] = value
        reply = requests.get("http://host/" + name)
        print(name, value, reply.status_code)


run()
pages = ["a", "b", "c"]
for page in pages:
    if page == "a":
        pages[2] = "z"
    print(page, requests.get("http://host/" + page).status_code)
