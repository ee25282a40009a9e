"""Reads what `dump` prints of a tree, as print_syntax gives it."""

import re
import subprocess

LINE = re.compile(
    r"^(?P<indent> *)(?:(?P<slot>[a-z_]+): )?(?P<kind>[A-Z]\w*) "
    r"(?P<begin>\d+:\d+)-(?P<end>\d+:\d+)(?: name=(?P<name>.*?)@(?P<name_begin>\d+:\d+))?"
    r"(?: alias=(?P<alias>[^ ]+))?(?: op=(?P<op>[^ ]+))?(?P<flags>(?: [a-z-]+)*)$"
)


class Node:
    """One node of Braid's dump."""

    def __init__(self, match):
        self.kind = match["kind"]
        self.begin = position(match["begin"])
        self.end = position(match["end"])
        self.name = match["name"]
        self.name_begin = match["name_begin"] and position(match["name_begin"])
        self.alias = match["alias"]
        self.op = match["op"]
        self.flags = set(match["flags"].split())
        self.slots = {}
        self.items = []
        self.value = None

    def __repr__(self):
        return self.kind


def position(text):
    line, _, column = text.partition(":")
    return int(line), int(column)


def parse_dump(text):
    errors, stack, values, constants = [], [], {}, []
    for line in text.split("\n"):
        if line.startswith("error "):
            errors.append(line)
        elif line.startswith("value "):
            _, where, value = (line + " ").split(" ", 2)
            values[position(where)] = value.strip()
        elif line:
            match = LINE.match(line)
            if match is None:
                raise ValueError(f"not a line of a dump: {line!r}")
            node = Node(match)
            del stack[len(match["indent"]) // 2 :]
            if stack and match["slot"]:
                stack[-1].slots[match["slot"]] = node
            elif stack:
                stack[-1].items.append(node)
            stack.append(node)
            if node.kind == "Constant":
                constants.append(node)
            if len(stack) == 1:
                root = node
    for node in constants:
        node.value = values.get(node.begin)
    return root, errors


def dumps_of(binary, texts):
    data = b"".join(b"%d\n%s" % (len(text), text) for text in texts)
    out = subprocess.run([str(binary)], input=data, stdout=subprocess.PIPE, check=True).stdout
    at = 0
    while at < len(out):
        line_end = out.index(b"\n", at)
        length = int(out[at:line_end])
        at = line_end + 1 + length
        yield out[line_end + 1 : at].decode()
