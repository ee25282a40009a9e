import requests

URLS = ["http://host/a", "http://host/b", "http://host/c"]


def size(url):
    return len(requests.get(url).text)


print([requests.get(url).status_code for url in URLS])
print({url: requests.get(url).ok for url in URLS})
print(sum(size(url) for url in URLS))
print([len(url) for url in URLS if requests.get(url).ok])
print(any(requests.get(url).ok for url in URLS))
