import requests

attempt = 1
outcome = "before"


def delayed(names):
    for name in names:
        response = requests.get("http://host/" + name)
        print(name, response.status_code, attempt, outcome)


delayed(["a", "b", "c"])
