import pandas as pd
import requests

songs = pd.DataFrame({"song": ["one", "two", "three", "four"]})
for index, row in songs.iterrows():
    page = requests.get("http://lyrics/" + row["song"]).text
    songs.at[index, "lyrics"] = page.strip()
    print(index, songs.at[index, "lyrics"])
songs.to_csv("songs.csv")
