import requests


def fetch(page):
    print("asking for", page)
    text = requests.get("http://host/" + page, timeout=5).text
    print("got", len(text))
    return text


for page in ["ant ", "bee "]:
    page = page.strip()
    print(page, fetch(page))
