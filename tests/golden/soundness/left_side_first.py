import requests
counts = {"a": 0, "b": 0}
try:
    for k in ["a", "b", "c", "fail"]:
        counts[k] += len(requests.get("http://h/" + k).text)
except Exception as e:
    print(type(e), e)
print(counts)
