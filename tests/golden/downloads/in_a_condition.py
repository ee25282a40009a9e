import requests

found = []
for page in range(10):
    if requests.get(f"http://pages.example/{page}").ok:
        found.append(page)
    else:
        print("no page", page)
print(found)
