"""Arguments that tell what was done with them."""


class Spy:
    """A callable argument that tells whether it was called."""

    def __init__(self, function):
        self.function = function
        self.calls = 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        return self.function(*args, **kwargs)


METHODS_SEEN = set()


def spy_method(name, base):
    def method(self, *args):
        METHODS_SEEN.add(name)
        return getattr(base, name)(self, *args)
    return method


class SpyInt(int):
    """A number that tells which of its special methods were called."""


for special in ("__eq__", "__lt__", "__gt__", "__le__", "__ge__", "__hash__", "__add__", "__radd__",
                "__mul__", "__repr__", "__str__", "__format__", "__bool__", "__index__", "__int__",
                "__abs__", "__float__", "__round__", "__neg__", "__pos__", "__invert__", "__sub__",
                "__rsub__", "__and__", "__or__", "__xor__", "__mod__", "__pow__", "__floordiv__",
                "__truediv__", "__lshift__", "__rshift__", "__divmod__", "__ceil__", "__floor__",
                "__trunc__", "__reduce_ex__", "__rmul__", "__ne__"):
    base = object if special == "__reduce_ex__" else int
    setattr(SpyInt, special, spy_method(special, base if hasattr(base, special) else object))
