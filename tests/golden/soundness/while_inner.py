import requests
for a in "abc":
    n = 0
    while n < 3:
        r = requests.get(f"http://h/{a}{n}")
        n += 1
    print(r.text)
