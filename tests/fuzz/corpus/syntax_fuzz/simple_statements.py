return
del a, (b, c)
a = b, = yield
a.b @= 1
type X[T] = list[T]
raise
raise A from b
assert a, b
global g, h
nonlocal n
break
continue
