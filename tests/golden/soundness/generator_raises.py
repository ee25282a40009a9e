import requests
def source():
    for i in range(6):
        if i == 4:
            raise ValueError("source")
        yield i
try:
    for i in source():
        print(requests.get(f"http://h/{i}").text)
except ValueError as e:
    print("caught", e)
