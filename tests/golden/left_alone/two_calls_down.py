import requests

seen = []


def remember(text):
    seen.append(len(text))


def fetch(page):
    answer = requests.get(f"http://pages.example/{page}", params={"n": len(seen)})
    remember(answer.text)
    return answer.status_code


for page in range(5):
    print(fetch(page))
print(seen)
