with a as b, c: pass
with (a, b if c else d as e,): pass
with (a, b) as c: pass
