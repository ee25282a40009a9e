import requests


class Plugin:
    def __init__(self):
        self.log = []

    def on_page(self, text):
        self.log.append(text)

    def dispatch(self, event, *args):
        return getattr(self, "on_" + event)(*args)


p = Plugin()
for k in range(4):
    text = requests.get(f"http://h/{k}/{len(p.log)}").text
    p.dispatch("page", text)
    print(text.strip())
