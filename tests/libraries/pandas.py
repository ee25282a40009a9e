"""So much of pandas as the golden cases use."""


class Cells:
    def __init__(self, frame):
        self.frame = frame

    def __getitem__(self, place):
        row, column = place
        return self.frame.columns_[column][row]

    def __setitem__(self, place, value):
        row, column = place
        cells = self.frame.columns_.setdefault(column, [None] * len(self.frame))
        cells[row] = value


class DataFrame:
    def __init__(self, data):
        self.columns_ = {name: list(cells) for name, cells in data.items()}
        self.at = self.loc = Cells(self)

    def __len__(self):
        return max(map(len, self.columns_.values()), default=0)

    def __getitem__(self, column):
        return list(self.columns_[column])

    def iterrows(self):
        for row in range(len(self)):
            yield row, {name: cells[row] for name, cells in self.columns_.items()}

    def to_csv(self, path):
        with open(path, "w") as file:
            for _, row in self.iterrows():
                file.write(",".join(str(cell) for cell in row.values()) + "\n")
