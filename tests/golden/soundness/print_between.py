import requests
for u in ["http://h/a", "http://h/b", "http://h/cfail"]:
    x = requests.get(u.replace("fail", "")).json()
    print("got", u)
    y = requests.get(x["url"] + ("fail" if "fail" in u else ""))
    print(y.text)
