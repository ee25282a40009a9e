import hashlib
import json

import requests


def load_all(names):
    rows = []
    for name in names:
        try:
            print("reading", name)
            with open(name, encoding="utf-8") as file:
                data = json.load(file)

                # What is done with it needs the file no more.
                if "text" not in data:
                    print(f"""no text
in {name}""")
                    continue
                rows.append(
                    {
                        "name": name,
                        "text": data["text"].strip(),
                    }
                )
        except OSError as error:
            print(name, error.strerror)
    return rows


def digests(names):
    digests = {}
    for name in names:
        with open(name, "rb") as file:
            digest = hashlib.md5(file.read()).hexdigest()
            digests[file.name] = digest
    return digests


def fetch_all(names):
    for name in names:
        with requests.get(f"http://host/{name}", timeout=5) as reply:
            text = reply.text
            print(name, len(text))


with open("a.json", "w") as file:
    json.dump({"text": " ant "}, file)
with open("b.json", "w") as file:
    json.dump([], file)
print(load_all(["a.json", "b.json", "c.json"]))
print(len(digests(["a.json", "b.json"])))
fetch_all(["ant", "bee"])
