import requests
ok = 0
for u in ["a", "fail", "c"]:
    try:
        t = requests.get("http://h/" + u).text
    except requests.RequestException as e:
        print("bad", e)
    else:
        ok += 1
        print(t)
    finally:
        print("done", u, ok)
