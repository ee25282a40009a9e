[x for x in a if b if c async for y in x]
{x for x in a}
{k: v for k, v in a}
f(x for x in a)
