import requests
for a in "ab":
    for b in "xy":
        print(requests.get("http://h/" + a + b).text)
    print("row", a)
