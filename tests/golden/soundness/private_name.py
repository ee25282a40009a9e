import requests
class A:
    __base = "http://h/"
    def run(self):
        for u in ["a", "b"]:
            print(requests.get(self.__base + u).text)
A().run()
