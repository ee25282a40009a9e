import hashlib
import os

FOLDER = "data"


def digest(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return hashlib.pbkdf2_hmac("sha256", file.read(), b"salt", 100_000).hex()


def main():
    digests = {}
    for name in sorted(os.listdir(FOLDER)):
        digests[name] = digest(name)
    for name, value in digests.items():
        print(name, value)


if __name__ == "__main__":
    main()
