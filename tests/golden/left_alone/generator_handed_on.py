import requests


def pages(numbers):
    return (requests.get(f"http://pages.example/{number}") for number in numbers)


for page in pages(range(3)):
    print(page.status_code)
    break
