# What a library's object gives when it is gone through is a part of it.
import xml.etree.ElementTree as ET

import numpy
import requests


def fetch(name, state):
    return requests.get("http://host/" + name, params={"state": state}).url[-20:]


root = ET.fromstring("<pages><page>a.html</page><page>b.html</page></pages>")
for page in root:
    page.text = fetch(page.text, ET.tostring(root).decode())
print(ET.tostring(root).decode())

table = numpy.zeros((2, 2), dtype=int)
for number, row in enumerate(table):
    row[0] = len(fetch(str(number), str(table)))
print(table)

rows = []
rows += root
for page in rows:
    page.set("seen", fetch(page.tag, ET.tostring(root).decode()))
print(ET.tostring(root).decode())
