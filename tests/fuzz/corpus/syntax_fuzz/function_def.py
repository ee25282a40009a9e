@a.b
@c()
async def f[T: int = str, *Ts, **P](x, /, y: int = 1, *args, z=2, **kw) -> T:
  'doc'
  pass;
