import warnings, requests
def get(u):
    warnings.warn("old")
    return requests.get("http://h/" + u).text
for u in ["a", "b"]:
    print(get(u))
