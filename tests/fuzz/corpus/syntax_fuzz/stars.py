*a.b(), c = *[1], *(2)
f(*a or b, **c, k=*d)
*(a, b), c = d
