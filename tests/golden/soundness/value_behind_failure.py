import requests

# What stands behind something that fails is not reached: "ant" stays a word.
for name in ["1", "ant", "9"]:
    kind = "word"
    try:
        number = int(name)
        kind = "number"
    except ValueError:
        print("no number", name)
    print(requests.get(f"http://host/{kind}/{name}").status_code)
