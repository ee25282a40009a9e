import requests

for name in ("ann", "bob", "cid", "dora"):
    profile = requests.get(f"http://api.example/users/{name}").json()
    print("profile of", name)
    picture = requests.get(profile["url"] + "/picture").content
    print(len(picture))
