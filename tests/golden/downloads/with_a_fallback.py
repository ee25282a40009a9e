import requests

# The number is worked out for the call, and shown before it.
for line in ["1", "two", "3"]:
    try:
        number = int(line)
    except ValueError:
        number = 0
    print("asking for", number)
    answer = requests.get(f"http://host/{number}")
    print(answer.status_code, number)
