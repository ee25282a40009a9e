from os.path import *
import requests
for u in ["a/b", "c/d"]:
    print(requests.get("http://h/" + basename(u)).text)
