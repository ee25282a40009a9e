import requests
todo = ["a", "b"]
for u in todo:
    r = requests.get("http://h/" + u)
    print(r.text)
    if len(todo) < 5:
        todo.append(u + "x")
