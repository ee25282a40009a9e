import threading, requests
lock = threading.RLock()
def get(u):
    with lock:
        return requests.get("http://h/" + u).text
with lock:
    for u in ["a", "b", "c"]:
        print(get(u))
