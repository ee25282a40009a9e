import requests

with requests.Session() as session:
    session.headers["User-Agent"] = "reader"
    for page in range(6):
        answer = session.get(f"http://pages.example/{page}")
        print(page, answer.status_code)
