import requests

urls = [f"http://host{n}.example/{'fail' if n % 3 == 0 else 'ok'}" for n in range(10)]
codes = {}
failures = 0
for url in urls:
    try:
        answer = requests.get(url, timeout=5)
        answer.raise_for_status()
    except requests.RequestException as error:
        failures += 1
        print("failed:", url, error)
        continue
    codes[url] = answer.status_code
print(codes, failures)
