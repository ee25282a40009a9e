import time, requests
for u in ["a", "b", "c"]:
    name = time.strftime("%H%M%S") + ".bin"
    data = requests.get("http://h/" + u).content
    open(name, "wb").write(data)
    time.sleep(1.1)
