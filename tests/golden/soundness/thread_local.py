import threading, requests
local = threading.local()
local.who = "me"
def get(u):
    return requests.get("http://h/" + u + local.who).text
for u in ["a", "b", "c"]:
    print(get(u))
