import math
def is_prime(n):
    if n < 2:
        return False
    for i in range(2, int(math.sqrt(n)) + 1):
        if n % i == 0:
            return False
    return True
found = []
for n in range(10**6, 10**6 + 50):
    if is_prime(n):
        found.append(n)
print(found)
