import itertools

import requests

urls = ["http://127.0.0.1:8000/%d" % i for i in range(4)]
for word in ["a", "b"]:
    urls = filter(None, urls)
for last in ["x", "y"]:
    urls = itertools.chain(urls, [last])
for url in urls:
    print(requests.get(url).status_code)
