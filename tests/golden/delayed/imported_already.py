import joblib
import requests


def length(name):
    return len(name)


names = ["a", "b", "c"]
print(joblib.Parallel(n_jobs=2, backend="threading")(joblib.delayed(length)(name) for name in names))
calls = [joblib.delayed(length)(name) for name in names]
for name in names:
    response = requests.get("http://host/" + name)
    print(name, response.status_code)
