import requests
left = 3
for u in ["a", "fail1", "fail2", "b", "fail3", "c"]:
    try:
        print(requests.get("http://h/" + u).text)
    except requests.RequestException:
        left -= 1
        if left == 0:
            raise
print(left)
