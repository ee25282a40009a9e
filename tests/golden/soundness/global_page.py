import requests
def fetch():
    return requests.get(f"http://h/{page}").text
for page in range(5):
    html = fetch()
    print(html)
