import requests
def main():
    for u in ["a", "b"]:
        print(requests.get("http://h/" + u).text)
        print(sorted(locals()))
main()
