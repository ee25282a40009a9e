import requests
def picky(n):
    if n == 2:
        raise ValueError("two")
    return "v%d" % n
def get(n, str):
    print("at", n)
    text = requests.get("http://h/" + str(n)).text
    print("end", text)
def main():
    for n in range(4):
        get(n, picky)
main()
