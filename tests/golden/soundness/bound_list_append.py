import requests
class Log:
    def __init__(self): self.rows = []
    def fetch(self, u):
        t = requests.get(u).text
        self.rows.append(u)
        return f"{len(self.rows)} {t}"
log = Log()
fetch = log.fetch
for i in range(4):
    print(fetch(f"http://h/{i}"))
print(log.rows)
