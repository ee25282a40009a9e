import requests
def main():
    texts = [(last := requests.get("http://h/" + u).text) for u in ["a", "b", "c"]]
    print(texts, last)
main()
