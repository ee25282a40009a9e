import requests
def main():
    resp = None
    for u in ["http://h/a", "http://h/b", "http://h/fail", "http://h/c"]:
        try:
            resp = requests.get(u)
            data = resp.json()
            if "b" in u:
                raise ValueError(u)
            print(data)
        except ValueError:
            print("bad", resp.text)
        except requests.RequestException as e:
            print("no answer", e, resp.text)
main()
