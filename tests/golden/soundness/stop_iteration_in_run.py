import requests
rows = [("a", 1), ("b", 2)]
def find(k):
    return next(v for n, v in rows if n == k)
def get(k):
    text = requests.get("http://h/" + k).text
    return text, find(k)
try:
    for k in ["a", "b", "zz", "a"]:
        print(get(k))
except StopIteration:
    print("stop")
