import requests

pages = ["a", "b", "missing", "c", "fail", "d"]
saved = 0
try:
    for page in pages:
        answer = requests.get("http://pages.example/" + page)
        with open(page + ".txt", "w") as out:
            out.write(answer.text)
        saved += 1
finally:
    print("saved", saved, "last", page)
