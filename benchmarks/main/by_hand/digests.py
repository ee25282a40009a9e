import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

FOLDER = "data"


def digest(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return hashlib.pbkdf2_hmac("sha256", file.read(), b"salt", 100_000).hex()


def main():
    names = sorted(os.listdir(FOLDER))
    with ThreadPoolExecutor() as pool:
        digests = dict(zip(names, pool.map(digest, names)))
    for name, value in digests.items():
        print(name, value)


if __name__ == "__main__":
    main()
