import io, contextlib, requests
buf = io.StringIO()
with contextlib.redirect_stdout(buf):
    for u in "abc":
        print(requests.get("http://h/" + u).text)
print(len(buf.getvalue()))
