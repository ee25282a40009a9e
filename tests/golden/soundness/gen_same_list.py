import requests
def rows():
    row = [0, 0]
    for i in range(4):
        row[0] = i
        yield i, row
for i, row in rows():
    r = requests.get(f"http://h/{i}")
    print(r.url, row)
