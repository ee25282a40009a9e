import requests
d = {"a": 1, "b": 2}
try:
    for k in d.keys():
        t = requests.get("http://h/" + k).text
        d[k + "x"] = t
except RuntimeError as e:
    print(e)
print(sorted(d))
