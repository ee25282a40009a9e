import requests
xs = ["a", "b", "c", "d"]
for i in range(1, len(xs)):
    xs[i] = requests.get("http://h/" + xs[i - 1]).text[-9:].strip()
print(xs)
