import requests
log = []
def get(u):
    log.append(u)
    return requests.get("http://h/" + u + str(len(log))).text
for us in ["ab", "cd"]:
    print(list(map(get, us)))
