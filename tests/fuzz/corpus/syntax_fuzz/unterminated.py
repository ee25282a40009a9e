x = "abc
y = f"{a
z = """
