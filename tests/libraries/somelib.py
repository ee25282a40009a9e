import itertools, time
turns = itertools.count()
def _wait():
    time.sleep((0.03, 0.001, 0.02, 0.004, 0.012)[next(turns) % 5])
def fetch(x, **k):
    _wait()
    if "fail" in str(x): raise LookupError(x)
    return f"<{x}{sorted(k.items()) if k else ''}>"
def deep(obj):
    _wait()
    return repr(obj)
def lazy(xs):
    for x in xs:
        _wait(); yield f"<{x}>"
def apply(f, x):
    _wait()
    return f(x)
def shape(rows):
    _wait()
    return [len(r) for r in rows]
class Client:
    def __init__(self, base="b"):
        self.base = base
        self.opts = {}
    def get(self, x):
        _wait()
        return f"{self.base}/{x}{sorted(self.opts.items())}"
class Result:
    def __init__(self, x): self.x = x; self.tags = []
def make(x):
    _wait(); return Result(x)
def label(r):
    _wait(); return f"{r.x}{r.tags}"
def convert(source, target):
    _wait()
    with open(source) as file, open(target, "w") as out:
        out.write(file.read().upper())
class Sound:
    def __init__(self, source): self.source = source
    def export(self, target): convert(self.source, target)
def load(source):
    _wait(); return Sound(source)
