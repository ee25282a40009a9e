import os, requests
for u in "abc":
    os.environ["HTTP_PROXY"] = u
    print(requests.get("http://h/" + u).text)
