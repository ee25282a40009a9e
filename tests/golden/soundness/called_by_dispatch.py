import requests
state = {"n": 0}
def a(u):
    state["n"] += 1
    return requests.get("http://h/" + u + str(state["n"])).text
def b(u):
    return requests.get("http://h/b" + u).text
table = {"a": a, "b": b}
for u in "abca":
    print(table.get(u, b)(u))
