import hashlib
import os

from joblib import Parallel, delayed

FOLDER = "data"


def digest(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return hashlib.pbkdf2_hmac("sha256", file.read(), b"salt", 100_000).hex()


def main():
    names = sorted(os.listdir(FOLDER))
    results = Parallel(n_jobs=-1, backend="threading")(delayed(digest)(name) for name in names)
    for name, value in zip(names, results):
        print(name, value)


if __name__ == "__main__":
    main()
