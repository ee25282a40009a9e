import os, requests
for u in ["a", "b", "a"]:
    if not os.path.isdir(u):
        os.mkdir(u)
        print(requests.get("http://h/" + u).text)
