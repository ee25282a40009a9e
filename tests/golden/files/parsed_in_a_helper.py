import glob, json
stats = {}
def load(path):
    with open(path) as f:
        return json.load(f)
for path in sorted(glob.glob("logs/*.json")):
    data = load(path)
    stats[data["user"]] = data["bytes"]
print(stats)
