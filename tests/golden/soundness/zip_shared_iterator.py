import requests
it = iter("abcdefg")
for a, b in zip(it, it):
    print(requests.get("http://h/" + a + b).text)
print(list(it))
