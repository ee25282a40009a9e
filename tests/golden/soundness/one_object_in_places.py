# YAML's aliases and an option's constant put one object in several places.
import argparse

import requests
import yaml


def fetch(row):
    return requests.get("http://host/" + row["page"]).url[-6:]


def run_aliases():
    rows = yaml.safe_load("- &first {page: a.html}\n- {page: b.html}\n- *first\n")
    for row in rows:
        row["page"] = fetch(row)
        print(row["page"])


def run_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--page", action="append_const", const={"page": "c.html"})
    arguments = parser.parse_args(["--page", "--page"])
    for row in arguments.page:
        row["page"] = fetch(row)
        print(row["page"])


run_aliases()
run_options()
