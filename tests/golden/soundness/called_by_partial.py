import requests, functools
log = []
def get(log, u):
    log.append(u)
    return requests.get("http://h/" + u + str(len(log))).text
g = functools.partial(get, log)
for u in "abc":
    print(g(u))
