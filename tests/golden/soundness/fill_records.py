import json
def fill(rec):
    t = 0
    for i in range(rec["n"] * 1000):
        t += i
    rec["t"] = t
records = [{"n": i} for i in range(5)]
records.append(records[0])
for rec in records:
    fill(rec)
print(json.dumps(records))
