import requests

BASE_URL = "http://pages.example/page/"


def download(first, last):
    for page in range(first, last + 1):
        response = requests.get(f"{BASE_URL}{page}")
        filename = f"page_{page}.html"
        with open(filename, "w") as file:
            file.write(response.text)
        print("saved", filename)


if __name__ == "__main__":
    download(1, 32)
