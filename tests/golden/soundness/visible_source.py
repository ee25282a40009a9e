import requests


def noisy():
    for item in ["a", "b", "c"]:
        print("next", item)
        yield item


rows = []
for u in noisy():
    rows.append(requests.get("http://host/" + u).text)
