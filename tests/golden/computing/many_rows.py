def weigh(row, scale):
    total = 0
    for cell in row:
        for i in range(cell):
            total += i * scale
    return total


def main():
    rows = [(n % 7, n % 11, n % 13) for n in range(3000)]
    for number, row in enumerate(rows):
        weight = weigh(row, 3)
        if number % 500 == 0:
            print(number, weight)
    print(sum(weigh(row, 2) for _, row in enumerate(rows)))


if __name__ == "__main__":
    main()
