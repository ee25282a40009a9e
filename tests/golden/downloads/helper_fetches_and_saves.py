import requests


def download(url, name):
    answer = requests.get(url)
    with open(name, "w") as out:
        out.write(answer.text)


def main():
    for number in range(8):
        download(f"http://pages.example/{number}", f"{number}.html")


main()
