from __future__ import annotations
import requests
def work(n):
    size: Undefined = len(str(n))
    print("at", n)
    text = requests.get("http://h/" + str(n) + "/" + str(size)).text
    print("end", text)
def main():
    for n in range(4):
        work(n)
main()
