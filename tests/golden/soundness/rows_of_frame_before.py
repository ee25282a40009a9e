import pandas as pd
import requests

songs = pd.DataFrame({"song": ["one", "two", "three", "four"], "last": ["", "", "", ""]})
for index in range(1, 4):
    songs.loc[index, "last"] = requests.get(
        "http://lyrics/" + songs.loc[index - 1, "last"] + songs.loc[index, "song"]
    ).text.strip()
songs.to_csv("songs.csv")
