import requests

failures = 0
statuses = {}
for host in ["a.example", "fail.example", "b.example", "missing.example"]:
    try:
        address = f"http://{host}/"
        answer = requests.head(address, timeout=5)
        answer.raise_for_status()
    except requests.HTTPError as error:
        print("refused", error)
    except requests.RequestException as error:
        failures += 1
        print("failed", host, error)
    else:
        statuses[host] = answer.status_code
    finally:
        print("tried", host)
print(statuses, failures)
