import requests
with open("out.txt", "w") as f:
    def get(u):
        t = requests.get("http://h/" + u).text
        f.write(t)
        return f.tell()
    for u in ["slow1", "b", "slow2"]:
        print(get(u))
