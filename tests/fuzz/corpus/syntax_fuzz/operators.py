a or b and not c
x = (a + b) * -c ** d
a < b is not c not in d
