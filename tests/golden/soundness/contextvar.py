import contextvars, requests
who = contextvars.ContextVar("who", default="nobody")
who.set("me")
def get(u):
    return requests.get("http://h/" + u, headers={"who": who.get()}).text + who.get()
for u in ["a", "b", "c"]:
    print(get(u))
