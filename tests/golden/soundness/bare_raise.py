import requests
def main():
    try:
        raise KeyError("outer")
    except KeyError:
        for u in ["a", "fail"]:
            try:
                print(requests.get("http://h/" + u).text)
            except requests.RequestException as e:
                print(repr(e.__context__))
                raise
try:
    main()
except Exception as e:
    print(repr(e), repr(e.__context__))
