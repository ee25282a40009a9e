import requests

# What is worked out ahead fails, and the handler goes on to the call.
for name in ["1", "ant", "9", "3"]:
    try:
        if int(name) > 5:
            print("large", name)
            continue
    except ValueError:
        print("no number", name)
    print(name, requests.get("http://host/" + name).status_code)
