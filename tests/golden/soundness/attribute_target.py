import requests
class O: pass
o = O()
for o.u in ["a", "b", "c"]:
    print(requests.get("http://h/" + o.u).text)
