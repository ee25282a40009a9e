import requests
class A:
    def get(self, u):
        return requests.get("http://h/" + u).text
class B(A):
    def run(self):
        for u in ["a", "b"]:
            print(super().get(u))
B().run()
