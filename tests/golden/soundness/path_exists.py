import pathlib, requests
for u in ["a", "b", "a", "c"]:
    p = pathlib.Path(u + ".txt")
    if not p.exists():
        p.write_text(requests.get("http://h/" + u).text)
        print("saved", u)
