import requests

FIELDS = ["name", "town"]


def look_up(rows):
    found = []
    for row in rows:
        query = {}
        for field in FIELDS:
            if row.get(field):
                query[field] = row[field].strip()
        answer = requests.get("http://host/search", params=query)
        found.append(answer.status_code)
    return found


print(look_up([{"name": "ant", "town": " here"}, {"name": "bee"}, {"town": "there "}]))
