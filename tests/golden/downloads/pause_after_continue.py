import requests, json, time
results = []
ids = [1, 2, 3, 4]
for id in ids:
    try:
        resp = requests.get("https://api.example.org/item/%d" % id, timeout=10)
        resp.raise_for_status()
        data = resp.json()
        results.append({"id": id, "name": data["name"]})
    except requests.exceptions.RequestException as e:
        print(f"Error on {id}: {e}")
        continue
    time.sleep(1)
with open("out.json", "w") as f:
    json.dump(results, f)
