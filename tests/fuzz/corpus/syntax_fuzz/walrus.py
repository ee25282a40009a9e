if x := a if b else c: [y := 1, y]
x := 1
