def add_up(rows):
    total = 0
    for row in rows:
        for cell in row:
            total += cell * cell
    return total


def totals(tables):
    for table in tables:
        print(add_up(table))
