match = type = case = print
match(x).y
type (x)
match x:
  case [_]: case = 1
