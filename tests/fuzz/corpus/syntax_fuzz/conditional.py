a if b else lambda x, *y: x
(n := await f(1))
