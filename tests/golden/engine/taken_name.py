"""The file means something else by the name."""
import requests

braid = ["left", "middle", "right"]

for page in range(1, 9):
    response = requests.get(f"http://example.org/{page}")
    print(page, response.status_code, braid[page % 3])
