import requests
def chunks(items, n):
    buf = []
    for x in items:
        buf.append(x)
        if len(buf) == n:
            yield buf
            buf.clear()
    if buf:
        yield buf
for chunk in chunks("abcdef", 2):
    r = requests.get("http://h/" + "".join(chunk))
    print(r.url, chunk)
