"""The network, other programs, the clock and the user."""

import argparse
import builtins
import datetime
import ftplib
import io
import json
import os
import smtplib
import socket
import subprocess
import sys
import time
import types
import urllib.request

from made_up_values import Thing, fails_at, number_of, really_sleep, take_a_moment, told

LONGEST_PAUSE = 0.002
ANSWERS = ("3", "7", "5", "2")
MOST_QUESTIONS = 60


class Socket:
    def __init__(self, *values, **named):
        self.done = ""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*values, **named):
            take_a_moment()
            asked = name + told(values)
            if name == "connect_ex":
                return number_of(asked) % 3
            if name == "connect" and number_of(asked) % 3:
                raise ConnectionRefusedError("refused")
            if name == "recv":
                answer = b"" if "recv" in self.done else b"banner %d" % number_of(self.done)
                self.done += asked
                return answer
            self.done += asked
            return None

        return call

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        return None


class Program:
    """A program that has ended."""

    def __init__(self, command, *values, **named):
        take_a_moment()
        if fails_at(told(command), "frost"):
            raise FileNotFoundError(f"no program {told(command)}")
        self.args = command
        self.pid = 1
        self.returncode = number_of(told(command)) % 2
        output = f"output of {told(command)}"
        as_text = any(named.get(key) for key in ("text", "universal_newlines", "encoding"))
        self.stdout = self.stderr = output if as_text else output.encode()

    def communicate(self, *values, **named):
        return self.stdout, self.stderr

    def wait(self, *values, **named):
        return self.returncode

    poll = wait

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        return None


class Now(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2024, 1, 2, 3, 4, 5, tzinfo=tz)

    utcnow = today = now


def address_of(name):
    take_a_moment()
    if number_of(name) % 3 == 0:
        raise socket.gaierror(f"no {name}")
    return f"10.0.0.{number_of(name) % 250}"


def retrieve(url, name="retrieved", *values, **named):
    take_a_moment()
    if fails_at(str(url), "storm"):
        raise OSError(f"storm {url}")
    with open(name, "w", encoding="utf-8") as file:
        file.write(f"file of {url}")
    return name, None


def install_network():
    urllib.request.urlopen = Thing("requests.urlopen")
    urllib.request.urlretrieve = retrieve
    smtplib.SMTP = smtplib.SMTP_SSL = Thing("mail.SMTP")
    ftplib.FTP = Thing("files.FTP")
    import concurrent.futures.process  # noqa: F401 (pools of processes use real sockets)

    made_up = types.ModuleType("socket")
    made_up.__dict__.update(socket.__dict__)
    made_up.socket = Socket
    made_up.create_connection = lambda *values, **named: Socket()
    made_up.gethostbyname = address_of
    sys.modules["socket"] = made_up


def install_programs():
    subprocess.run = subprocess.Popen = Program
    subprocess.call = lambda command, *values, **named: Program(command).returncode
    subprocess.check_call = lambda command, *values, **named: 0
    subprocess.check_output = lambda command, *values, **named: Program(command, **named).stdout
    os.system = lambda command: Program(command).returncode
    os.popen = lambda command, *values: io.StringIO(Program(command, text=True).stdout)


def install_clock():
    time.sleep = lambda seconds: really_sleep(min(float(seconds), LONGEST_PAUSE))
    time.time = lambda: 1_700_000_000.0
    time.perf_counter = lambda: 5.0
    time.strftime = lambda form, moment=None: form
    datetime.datetime = Now


def install_user():
    questions = iter(range(MOST_QUESTIONS))

    def answer(prompt=""):
        sys.stdout.write(str(prompt))
        try:
            return ANSWERS[next(questions) % len(ANSWERS)]
        except StopIteration:
            raise EOFError from None

    builtins.input = answer
    argparse.ArgumentParser.parse_args = lambda self, *values, **named: Thing("arguments")
    variable = os.getenv
    os.getenv = lambda name, default=None: variable(name, default) or f"variable {name}"


def install_json():
    """Text that is not JSON is taken for some."""
    read = json.loads

    def read_any(text, *values, **named):
        try:
            return read(text, *values, **named)
        except ValueError:
            return Thing(f"json {told(text)}")

    json.loads = read_any
    json.load = lambda file, *values, **named: read_any(file.read())


def install():
    install_network()
    install_programs()
    install_clock()
    install_user()
    install_json()
