import requests
it = iter(["a", "b", "c", "fail", "e", "f", "g"])
try:
    for a in it:
        b = next(it)
        print(requests.get("http://h/" + a + b).text)
except requests.RequestException:
    pass
for rest in it:
    print("rest", rest)
