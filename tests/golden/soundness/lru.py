import functools, requests
@functools.lru_cache(maxsize=None)
def get(u):
    return requests.get("http://h/" + u).text
for u in ["a", "b", "a", "b"]:
    print(get(u))
print(get.cache_info())
