import requests


def fetch(name):
    answer = requests.get("http://host/" + name)
    answer.raise_for_status()
    return answer.text


def gather(names):
    # Closed as the function ends, and not before: the next call begins with an empty file.
    out = open("gathered.txt", "w")
    for name in names:
        try:
            out.write(fetch(name))
        except (requests.RequestException, ValueError):
            print("no", name)


for names in [["a", "b", "fail"], ["c", "d", "fail"]]:
    gather(names)
    with open("gathered.txt") as file:
        print(file.read())
