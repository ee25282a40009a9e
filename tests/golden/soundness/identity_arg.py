class Node:
    def __init__(self, v):
        self.v = v

def work(a, nodes):
    total = 0
    for i in range(100000):
        total += i % (a.v + 1)
    return total, [x is a for x in nodes]

nodes = [Node(1), Node(2), Node(3)]
for a in nodes:
    print(work(a, nodes))
