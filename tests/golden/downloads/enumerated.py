import requests

words = ["tea", "coffee", "milk", "tea"]
for index, word in enumerate(words, start=1):
    answer = requests.get("http://words.example/", params={"q": word, "n": index})
    print(f"{index}. {word}: {len(answer.text)}")
