import requests
try:
    for n in ["a", "b", "fail", "c"]:
        with open(n + ".txt", "w") as f:
            f.write(requests.get("http://h/" + n).text)
finally:
    import os
    print(sorted(os.listdir(".")))
