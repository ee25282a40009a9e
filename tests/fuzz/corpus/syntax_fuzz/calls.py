f(a, *b, c=d, **e).g[1:2, ::3, ...][h]
yield from x
