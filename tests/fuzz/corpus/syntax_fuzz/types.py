type X[T: int = str, *Ts = *int, **P = [a]] = list[T]
x: a[:, ::1] = b
