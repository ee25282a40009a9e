import csv, requests
open("in.csv", "wb").write(b"a\nb\nc\n\xff\xfe\nd\n")
try:
    with open("in.csv", encoding="utf-8") as f:
        for row in csv.reader(f):
            print(requests.get("http://h/" + row[0]).text)
except UnicodeDecodeError:
    print("bad bytes")
