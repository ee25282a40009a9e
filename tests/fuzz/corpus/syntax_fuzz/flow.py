return
break
async def f():
  yield
  return 1
  [await x async for x in y]
