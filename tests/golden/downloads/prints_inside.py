# What is printed between and behind the attempts comes out where it did, also when all fail: each
# worker gathers it, and the loop prints it in order.
import requests


def fetch_all(urls):
    pages = {}
    for url in urls:
        print(url)
        for attempt in range(3):
            try:
                page = requests.get(url, timeout=5)
                if "x" in url and attempt < 2:
                    raise requests.ConnectionError("no route")
                print("  found", len(page.text), end="\n\n")
                break
            except requests.RequestException as error:
                print(
                    "  failed:",
                    error,
                )
        else:
            raise LookupError(url)
        pages[url] = int(url.rpartition("/")[2], 16) if attempt else len(page.text)
    return pages


def both(names):
    seen = []
    for name in names:
        try:
            page = requests.get("http://host/" + name)
            print("found", page.status_code, end=" ")
            other = requests.get("http://host/" + name + "/" + str(len(page.text)))
            print(len(other.text) + int(name))
        except ValueError as problem:
            print("no number:", problem)
        seen.append(name)
    return seen


print(fetch_all(["http://host/a", "http://host/0x1", "http://host/c"]))
print(both(["7", "x", "8"]))
try:
    fetch_all(["http://host/a", "http://host/xyz", "http://host/c"])
except ValueError as problem:
    print("stopped:", problem)
