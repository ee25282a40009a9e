import requests
def main():
    names = []
    for u in ["a", "b", "c"]:
        names.append(u)
        r = requests.get("http://h/" + u, params={"n": len(names)})
        print(r.text, names)
main()
