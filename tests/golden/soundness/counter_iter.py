import requests, itertools
ids = itertools.count()
for u in "abc":
    print(requests.get("http://h/" + u + str(next(ids))).text)
