import requests
print(any(requests.get("http://h/" + u).ok for u in ["missing1", "a", "b", "fail"]))
