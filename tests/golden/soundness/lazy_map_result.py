import requests
def texts(ks):
    return map(lambda k: requests.get("http://h/" + k).text, ks)
for group in [["a", "b"], ["c", "fail"], ["d"]]:
    try:
        t = texts(group)
        print(list(t))
    except requests.RequestException as e:
        print("e", e)
