import tempfile, requests
def get(u):
    f = tempfile.NamedTemporaryFile()
    f.write(requests.get("http://h/" + u).content)
    f.flush()
    return f
for u in ["a", "b"]:
    f = get(u)
    print(len(open(f.name).read()))
