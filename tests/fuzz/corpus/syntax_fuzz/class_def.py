class A(B, *C, metaclass=M, **kw): x: int = 1; (y): int
