import requests
n = 0
def key(u):
    global n
    n += 1
    return -n
for us in ["ab", "cd", "ef"]:
    print(requests.get("http://h/" + "".join(sorted(us, key=key)) + str(n)).text)
