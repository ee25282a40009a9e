import os, requests
for u in ["a", "b", "a", "c"]:
    if os.path.exists(u): continue
    t = requests.get("http://h/" + u).text
    open(u, "w").write(t)
    print("saved", u)
