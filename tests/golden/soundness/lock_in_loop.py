import threading, requests
lock = threading.Lock()
lock.acquire()
for u in ["a", "b", "c"]:
    print(requests.get("http://h/" + u).text)
lock.release()
