def slow(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


LIMIT = 20_000
answers = []
for step in range(8):
    answers.append(slow(LIMIT + step))
print(answers)
