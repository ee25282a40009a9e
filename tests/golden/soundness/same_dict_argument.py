import requests
params = {}
for u in ["a", "b", "c"]:
    params["u"] = u
    print(requests.get("http://h/", params=params).text)
