import logging, requests
logging.basicConfig(filename="log.txt", level=logging.INFO, format="%(message)s")
def get(u):
    t = requests.get("http://h/" + u).text
    logging.info("got %s", u)
    return t
for u in ["slow1", "b", "slow2", "c"]:
    print(get(u))
