import requests
stack = ["a", "b", "c"]
for i in range(3):
    u = stack.pop()
    print(requests.get("http://h/" + u).text, stack)
