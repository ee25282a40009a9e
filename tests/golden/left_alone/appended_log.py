import requests


def visit(page):
    text = requests.get(f"http://pages.example/{page}").text
    with open("log.txt", "a") as log:
        log.write(text)
    with open("log.txt") as log:
        return len(log.read())


print([visit(page) for page in range(5)])
