# The file has names of its own, which stay what they are.
import requests

attempt = calls = 1
outcome = "before"

for name in ["a", "b", "c"]:
    response = requests.get("http://host/" + name)
    print(name, response.status_code, attempt, calls, outcome)
