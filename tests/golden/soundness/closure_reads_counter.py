import requests
def main():
    n = 0
    def name(u):
        return u + str(n)
    for u in ["a", "b", "c"]:
        n += 1
        page = name(u)
        print(requests.get("http://h/" + page).text)
main()
