import requests
for h in ["http://h/missing1", "http://h/a", "http://h/b"]:
    if requests.get(h).ok:
        print("found", h)
        break
else:
    print("none")
