import requests

state = {"last": ""}
alias = state


def fetch(page):
    answer = requests.get(f"http://pages.example/{page}", params={"last": alias["last"]})
    return answer.text


for page in range(5):
    text = fetch(page)
    state["last"] = text[-5:]
    print(text, end="")
