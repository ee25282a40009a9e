async for x, *y in 1, 2:
  pass
else:
  pass
while a: b
