import requests, time
for j in ["a", "b", "c"]:
    r = requests.post("http://h/jobs", json={"j": j})
    time.sleep(0.05)
    print(requests.get("http://h/jobs/" + j).text)
