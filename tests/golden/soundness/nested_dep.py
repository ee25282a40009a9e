import requests
for a in "ab":
    prev = ""
    for b in "xyz":
        prev = requests.get("http://h/" + a + b + prev).text[-9:].strip()
    print(prev)
