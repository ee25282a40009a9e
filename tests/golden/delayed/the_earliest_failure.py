# Which failure is seen first is no matter: the earliest is raised, and what comes before it is kept.
import requests


def fetch(name):
    response = requests.get("http://host/" + name)
    response.raise_for_status()
    return response.text


names = ["a", "b", "missing-1", "missing-2", "c"]
texts = []
try:
    for name in names:
        text = fetch(name)
        texts.append(text)
        print(name, len(text))
except requests.HTTPError as problem:
    print(problem, name, len(texts))
for name in names:
    text = requests.get("http://host/" + name).text
    if "missing" in name:
        print("enough", name)
        break
    print(text[:20])
