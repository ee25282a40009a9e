import threading, os, requests
def get(u):
    return requests.get("http://h/" + u).text, threading.current_thread().name
for u in ["a", "b"]:
    print(get(u))
