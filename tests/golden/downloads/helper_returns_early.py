import os
import requests


def download(url, dest):
    if os.path.exists(dest):
        print("skip", dest)
        return False
    if not url:
        return None
    r = requests.get(url)
    if r.status_code != 200:
        print("error", r.status_code)
        return False
    with open(dest, "wb") as f:
        f.write(r.content)
    return True


def main(urls):
    ok = 0
    for i, url in enumerate(urls):
        if download(url, f"img_{i}.jpg"):
            ok += 1
    print(ok, "of", len(urls))


with open("img_1.jpg", "w") as f:
    f.write("there")
main(["http://h/a", "http://h/b", "", "http://h/missing", "http://h/c"])
