match a, b:
  case 1 | -2j if g: x
  case None, *rest: y
  case {'k': v, **rest}: z
  case a.B(x, k=(y as z)): w
  case [_]: _
