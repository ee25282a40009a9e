import requests
def main(urls):
    for u in urls:
        r = requests.get("http://h/" + u)
    try:
        print(u, r.text)
    except NameError as e:
        print(type(e).__name__)
main([])
main(["a", "b"])
