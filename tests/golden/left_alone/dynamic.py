lines = ["1 + 1", "2 * 3", "len('abc')"]
results = []
for line in lines:
    results.append(eval(line))
print(results)
