"""The file imports Braid already, one of its names by itself."""
import csv

import requests
from braid import ThreadPoolExecutor, cpu_count

print(cpu_count() > 0, ThreadPoolExecutor.__name__, csv.QUOTE_ALL)
for page in range(1, 9):
    response = requests.get(f"http://example.org/{page}")
    print(page, response.status_code)
