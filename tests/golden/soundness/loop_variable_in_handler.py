import requests
pages = ["a", "b", "fail", "c"]
page = None
try:
    for page in pages:
        r = requests.get("http://h/" + page)
        print(r.status_code)
except requests.RequestException as e:
    print("failed at", page, e)
