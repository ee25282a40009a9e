"""One call of a described thing: how it is made and watched, and whether what happened is allowed."""

import asyncio
import functools
import inspect
import io
import os
import signal
import sys
import tempfile
import types

import rows
import state
from audit_events import WATCHED, Stuck, watching
from fits import Scope, fits, values_of
from spies import METHODS_SEEN, Spy

OWN_PLACES = {"environ", "logging", "interpreter", "processes", "decimal", "warnings"}


@functools.lru_cache(maxsize=None)
def event_loop():
    return asyncio.new_event_loop()


class Call:
    def __init__(self, observer, row, values, given, variadic):
        self.observer, self.book, self.row = observer, observer.book, row
        self.given = given
        self.scope = Scope(values, variadic)
        self.clauses = [clause for clause in rows.clauses(row) if self.holds(clause.condition)]
        self.ended = self.result = self.error = None

    # Before and during

    def holds(self, condition):
        if condition is None:
            return True
        if condition.startswith("not "):
            return all(not self.is_given(name.strip()) for name in condition[4:].split(","))
        for word in (" has ", " lacks "):
            if word in condition:
                name, characters = condition.split(word)
                value = self.given.get(name)
                found = isinstance(value, str) and any(c in value for c in characters.strip("\"'"))
                return found == (word == " has ")
        if " is " in condition:
            name, kind = condition.split(" is ")
            return self.observer.type_name(type(self.given.get(name))) == kind
        if "=" in condition:
            name, text = condition.split("=", 1)
            return name in self.given and repr(self.given[name]) == text.strip()
        return self.is_given(condition)

    def state_of(self, value):
        # What an immutable object remembers for itself, under a private name, nobody can tell.
        return state.own_state(value, private=self.mutable(value))

    def is_given(self, name):
        value = self.given.get(name)
        return value is not None and value is not False and not (
            name in self.scope.variadic and not value)

    def run(self, function, arguments, keywords):
        self.roots = [(name, value) for name in self.scope.values for value in self.scope.each(name)]
        self.reachable_before = {name: {} for name, _ in self.roots}
        for name, value in self.roots:
            self.reachable_before[name].update(state.reachable(value))
        self.objects = {key: value for found in self.reachable_before.values()
                        for key, value in found.items()}
        self.states = {key: self.state_of(value) for key, value in self.objects.items()}
        self.referents_before = {(name, id(value)): state.referents(value)
                                 for name, value in self.roots if not state.is_atom(value)}
        self.out, self.err = io.StringIO(), io.StringIO()
        real = sys.stdout, sys.stderr, sys.stdin
        sys.stdout, sys.stderr, sys.stdin = self.out, self.err, io.StringIO("a line\nanother\n")
        try:
            loop = event_loop()  # described as it acts when awaited
            before = state.ambient()
            del WATCHED[:]
            METHODS_SEEN.clear()
            watching[0] = True
            signal.setitimer(signal.ITIMER_REAL, 1)
            try:
                self.result = function(*arguments, **keywords)
                if inspect.iscoroutine(self.result):
                    self.result = loop.run_until_complete(self.result)
                self.ended = "returned"
            except BaseException as error:  # noqa: B902 (exits are outcomes too)
                self.error = error
                self.ended = "raised"
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                watching[0] = False
            self.methods = set(METHODS_SEEN)
            after = state.ambient()
        finally:
            sys.stdout, sys.stderr, sys.stdin = real
        self.events = list(WATCHED)
        self.changed_ambient = [place for place in before if before[place] != after[place]]

    # After

    def is_misfit(self):
        """The arguments were not of the kinds that the function is for."""
        if self.ended == "returned":
            return self.result is NotImplemented
        if isinstance(self.error, Stuck):
            return True
        if isinstance(self.error, TypeError):
            return not self.may_raise(TypeError)
        return isinstance(self.error, AttributeError) and "has no attribute" in str(self.error)

    def check(self):
        before = len(self.observer.violations)
        self.check_raises()
        self.check_arguments()
        self.check_world()
        if self.ended == "returned":
            self.check_result()
            self.check_kept()
        for clause in self.clauses:
            self.check_calls(clause)
        if len(self.observer.violations) == before:
            self.observer.note(self.row, "frame")
            if any(clause.kind == "pure" for clause in self.clauses):
                self.observer.note(self.row, "pure")

    def note(self, clause):
        self.observer.note(self.row, clause.text)

    def violate(self, kind, message):
        self.observer.violate(self.row, kind, message)

    def may_raise(self, kind):
        for clause in self.clauses:
            if clause.kind == "raises" and clause.rest != "nothing":
                for name in clause.rest.split():
                    try:
                        if issubclass(kind, rows.find_object(self.book.resolve(name))):
                            return True
                    except LookupError:
                        continue
        return False

    def check_raises(self):
        listed = [clause for clause in self.clauses if clause.kind == "raises"]
        exits = any(clause.kind == "unwinds" for clause in self.clauses)
        if exits and self.ended == "raised" and isinstance(self.error, SystemExit):
            for clause in self.clauses:
                if clause.kind == "unwinds":
                    self.note(clause)
        if not listed:
            return
        if self.ended == "returned":
            for clause in listed:
                if clause.rest == "nothing":
                    self.note(clause)
            return
        # Callables among the arguments raise what they like.
        if self.may_raise(type(self.error)):
            for clause in listed:
                self.note(clause)
        elif not any(clause.kind == "calls" for clause in self.clauses):
            self.violate("raises", "raised %r" % self.error)

    def allowed_changes(self, kinds):
        """ids of objects that clauses of these kinds let change, each with its clause."""
        allowed = {}
        for clause in self.clauses:
            if clause.kind not in kinds:
                continue
            places = [clause.rest] if clause.kind == "consumes" else rows.split(clause.rest, ",")
            for place in places:
                for key in self.place_ids(place):
                    allowed.setdefault(key, clause)
        return allowed

    def place_ids(self, place):
        inner = place[place.find("(") + 1:-1] if "(" in place else ""
        if place.startswith("deep("):
            return [key for value in self.scope.each(inner) for key in state.reachable(value)] + [
                key for key in self.reachable_before.get(inner.split(".")[0], {})]
        if place.startswith("element("):
            return [id(item) for item in self.scope.elements_before.get(inner) or []]
        if "(" in place:
            return []
        if place in OWN_PLACES:
            # What stands for the environment, the loggers, … changes with it.
            return list(self.reachable_before.get("self", {})) + [
                key for value in self.scope.each("self") for key in state.reachable(value)]
        if "." in place:
            return [id(value) for value in self.scope.each(place)] + [
                id(value) for value in self.scope.each(place.split(".")[0])]
        return [id(value) for value in self.scope.each(place)]

    def check_arguments(self):
        allowed = self.allowed_changes(("writes", "appends", "consumes", "finalises"))
        for key, value in self.objects.items():
            if isinstance(value, Spy) or self.state_of(value) == self.states[key]:
                continue
            if key in allowed:
                self.note(allowed[key])
                for clause in self.clauses:
                    if clause.kind in ("writes", "appends", "consumes") and any(
                            key in self.place_ids(place) for place in rows.split(clause.rest, ",")):
                        self.note(clause)
            else:
                self.violate("writes", "changed %s" % type(value).__name__)

    def check_world(self):
        for place in self.changed_ambient:
            self.need(("writes", "appends"), place)
        if self.out.getvalue():
            self.need(("appends", "writes"), "stdout")
        if self.err.getvalue():
            self.need(("appends", "writes"), "stderr")
        for event, arguments in self.events:
            self.check_event(event, arguments)

    def need(self, kinds, place):
        found = [clause for clause in self.clauses if clause.kind in kinds
                 and place in [p[4:] if p.startswith("sys.") else p
                               for p in rows.split(clause.rest, ",")]]
        if not found and place in ("stdout", "stderr"):
            found = [clause for clause in self.clauses if clause.kind in kinds
                     and "backing(" in clause.rest]
        if not found:
            self.violate(kinds[0], "%s changed" % place)
        for clause in found:
            self.note(clause)

    def check_event(self, event, arguments):
        if event == "open":
            path, mode, flags = arguments
            writing = bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))
            self.check_file(path, writing)
        elif event in ("os.listdir", "os.scandir", "os.walk", "os.fwalk"):
            self.check_file(arguments[0], False)
        elif event in ("os.mkdir", "os.rmdir", "os.remove", "os.truncate", "os.chmod", "os.chown",
                       "os.utime", "os.setxattr", "os.removexattr"):
            # Relative to an open folder: which one, the event does not say.
            if event in ("os.remove", "os.rmdir", "os.mkdir") and arguments[-1] != -1:
                return
            self.check_file(arguments[0], True)
        elif event in ("os.rename", "os.link", "os.symlink"):
            self.check_file(arguments[1], True)
        elif event in ("os.putenv", "os.unsetenv"):
            self.need(("writes",), "environ")
        elif event.startswith("socket.") or event == "os.sendfile":
            self.wait("network", event)
        elif event == "os.exec" and any(clause.kind == "exits" for clause in self.clauses):
            return
        elif event in ("subprocess.Popen", "os.system", "os.posix_spawn", "os.fork", "os.exec"):
            self.wait("subprocess", event)
        elif event == "time.sleep":
            self.wait("sleep", event)

    def wait(self, what, event):
        found = [clause for clause in self.clauses if clause.kind == "waits"
                 and clause.rest.split()[0] == what]
        if not found:
            self.violate("waits", "%s happened" % event)
        for clause in found:
            self.note(clause)

    def check_file(self, path, writing):
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        path = os.path.abspath(os.fsdecode(os.fspath(path)))
        if is_interpreters_own(path):
            return
        kinds = ("writes", "appends", "finalises") if writing else (
            "reads", "writes", "appends", "finalises")
        found = [clause for clause in self.clauses if clause.kind in kinds
                 and any(self.covers(place, path, writing)
                         for place in rows.split(clause.rest, ","))]
        if not found:
            self.violate("writes" if writing else "reads", "opened %s" % path)
        for clause in found:
            if clause.kind in (("writes", "appends") if writing else ("reads",)):
                self.note(clause)
        for clause in self.clauses:
            if clause.kind == "waits" and clause.rest.startswith("disk"):
                self.note(clause)

    def covers(self, place, path, writing):
        if place in ("file", "tree", "dir"):
            return True
        if place == "temp":
            return path.startswith(tempfile.gettempdir())
        word, _, inner = place.partition("(")
        inner = inner.rstrip(")")
        if word == "backing":
            return True
        if word not in ("file", "dir", "tree", "folder", "folders"):
            return False
        element = inner.startswith("element(")
        name = inner[8:] if element else inner
        candidates = self.scope.elements_before.get(name) if element else self.scope.each(name)
        candidates = candidates or []
        if not candidates or candidates == [None]:
            candidates = [os.getcwd()]
        for value in candidates:
            try:
                mine = os.path.abspath(os.fsdecode(os.fspath(value)))
            except TypeError:
                return True  # an open file or a descriptor: any file
            below = path.startswith(mine.rstrip("/") + "/")
            above = mine.startswith(path.rstrip("/") + "/")
            above_too = writing and word != "folder"
            if path == mine or below and word in ("tree", "dir") or above and above_too:
                return True
        return False

    # The result

    def check_result(self):
        alternatives = [clause for clause in self.clauses if clause.kind == "returns"]
        pure = any(clause.kind == "pure" for clause in self.clauses)
        if not alternatives:
            if pure:
                self.check_fresh(self.result)
            return
        answers = []
        for clause in alternatives:
            answer, why = self.check_return(clause.rest)
            answers.append((clause, answer, why))
        if not any(answer is not False for _, answer, _ in answers):
            self.violate("returns", "got %s %.80r; %s" % (
                type(self.result).__name__, self.result, "; ".join(w for _, _, w in answers)))
        for clause, answer, _ in answers:
            if answer:
                self.note(clause)

    def check_return(self, text):
        text = text.split(" backed by ")[0]
        if text == "any":
            return None, ""
        if text == "self":
            return self.result is self.scope.values.get("self"), "not self"
        word, _, rest = text.partition(" ")
        if word == "fresh":
            answer = fits(self.book, rest, self.result, self.scope)
            if answer is False:
                return False, "not of type " + rest
            why = self.shares(self.result)
            return (False, why) if why else (True if answer is None and rest == "any" else answer, "")
        if word in ("shared", "cached"):
            return fits(self.book, rest, self.result, self.scope), "not of type " + rest
        if word == "lazy":
            kind = rest.split(" over ")[0]
            return fits(self.book, kind, self.result, self.scope), "not of type " + kind
        for form in ("arg", "element", "field", "call"):
            if text.startswith(form + "("):
                return self.from_argument(form, text[len(form) + 1:text.index(")")])
        answer = fits(self.book, text, self.result, self.scope)
        if answer is False:
            return False, "not of type " + text
        why = self.shares(self.result)
        return (False, why) if why else (answer, "")

    def from_argument(self, form, name):
        if form == "call":
            return None, ""
        if form == "arg":
            if name not in self.given and self.result is None:
                return True, ""
            return any(same(self.result, value) for value in self.scope.each(name)), "not " + name
        if form == "element":
            inside = self.scope.elements_before.get(name)
            if inside is None:
                return None, ""
            inside = inside + (self.scope.collect(name, values_of) or [])
            return any(same(self.result, item) for item in inside), "no element of " + name
        if state.is_atom(self.result):
            return True, ""
        held = set()
        for value in self.scope.each(name):
            held |= state.referents(value)
        held |= set(self.reachable_before.get(name, {}))
        return (id(self.result) in held) or None, "no part of " + name

    def kept_ids(self, where):
        """ids that may be reachable from `where` ("result", "self", a parameter) by its clauses."""
        allowed = set()
        for clause in self.clauses:
            if clause.kind == "keeps":
                what, _, place = clause.rest.partition(" in ")
                if place.split(".")[0] != where:
                    continue
                allowed |= self.below(what)
            elif where == "result" and clause.kind == "returns":
                over = clause.rest.split(" backed by ")[0].partition(" over ")[2]
                for name in rows.split(over, ",") if over else []:
                    allowed |= self.below(name)
                for form in ("arg(", "element(", "field(", "self"):
                    if clause.rest.startswith(form):
                        inner = clause.rest[len(form):].split(")")[0] or "self"
                        allowed |= self.below("deep(%s)" % inner)
                if clause.rest == "any" or clause.rest.startswith(("shared", "cached", "call(")):
                    return None
        return allowed

    def below(self, what):
        inner = what[what.find("(") + 1:-1] if "(" in what else what
        found = set()
        values = self.scope.each(inner)
        if what.startswith("element("):
            values = self.scope.elements_before.get(inner) or [
                item for value in values for item in state.children(value)]
        for value in values:
            found |= state.referents(value) | set(state.reachable(value))
        if what.startswith("deep("):
            found |= set(self.reachable_before.get(inner, {}))
        return found

    def mutable(self, value):
        if state.is_atom(value) or isinstance(value, (tuple, frozenset, types.MethodType, slice)):
            return False
        name = self.observer.type_name(type(value))
        return "immutable" not in self.book.words(name or "") or name == "object"

    def shares(self, result):
        """What mutable thing of the arguments can be reached from the result without a claim."""
        allowed = self.kept_ids("result")
        if allowed is None or state.is_atom(result):
            return ""
        held = state.referents(result)
        for key, value in self.objects.items():
            if key in held and key not in allowed and self.mutable(value):
                return "shares a %s of its arguments" % type(value).__name__
        return ""

    def check_fresh(self, result):
        why = self.shares(result)
        if why:
            self.violate("returns", why)

    def check_kept(self):
        holders = [("result", self.result, set())] + [
            (name, value, self.referents_before.get((name, id(value)), set()))
            for name, value in self.roots if not state.is_atom(value)]
        for where, holder, before in holders:
            if state.is_atom(holder):
                continue
            now = state.referents(holder)
            allowed = self.kept_ids(where)
            for clause in self.clauses:
                if clause.kind == "keeps" and clause.rest.partition(" in ")[2] == where:
                    what = self.below(clause.rest.partition(" in ")[0])
                    if what & now:
                        self.note(clause)
            if where == "result" or allowed is None:
                continue
            for key, value in self.objects.items():
                if key in now and key not in before and key not in allowed and key != id(
                        holder) and self.mutable(value):
                    self.violate("keeps", "%s now holds a %s" % (where, type(value).__name__))
                    break

    def check_calls(self, clause):
        if clause.kind != "calls":
            return
        called = clause.rest.split(" with ")[0].replace(" later", "")
        if "." in called.split(")")[-1]:
            if called.rsplit(".", 1)[1] in self.methods:
                self.note(clause)
            return
        for value in self.scope.each(called):
            if isinstance(value, Spy) and value.calls:
                self.note(clause)


def same(one, other):
    if one is other:
        return True
    try:
        return state.is_atom(one) and type(one) is type(other) and bool(one == other)
    except Exception:
        return False


def is_interpreters_own(path):
    return path.startswith((sys.prefix, sys.base_prefix, "/usr/share/zoneinfo", "/usr/lib",
                            "/usr/share/locale", "/etc/localtime", "/etc/mime.types", "/dev/null", "/proc/")
                           ) or path.endswith((".py", ".pyc", ".so"))
