import requests
def get(u):
    print("asking", u)
    t = requests.get("http://h/" + u).text
    print("got", u)
    return t
for u in ["slow1", "b", "fail", "c"]:
    print(get(u))
