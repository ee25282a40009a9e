import sys, requests
for line in sys.stdin:
    print(requests.get("http://h/" + line.strip()).text, flush=True)
