"""The part of Comparison that is about the patterns of match statements."""


class PatternComparison:
    """Needs the methods node, kind, same, each and optional."""

    def MatchValue(self, node, ours):
        self.node(node.value, self.kind(node, ours)["value"])

    def MatchSingleton(self, node, ours):
        value = self.kind(node, ours)["value"]
        self.same(node, "constant", str(node.value), value.op)

    def MatchSequence(self, node, ours):
        self.each(node, "patterns", node.patterns, self.kind(node, ours)["patterns"])

    MatchOr = MatchSequence

    def MatchMapping(self, node, ours):
        slots = self.kind(node, ours)
        self.same(node, "rest", node.rest, ours.name)
        self.each(node, "keys", node.keys, slots["keys"])
        self.each(node, "patterns", node.patterns, slots["patterns"])

    def MatchClass(self, node, ours):
        slots = self.kind(node, ours)
        self.node(node.cls, slots["class_name"])
        self.each(node, "patterns", node.patterns, slots["patterns"])
        keywords = slots["keyword_patterns"].items
        self.same(node, "keywords", node.kwd_attrs, [keyword.name for keyword in keywords])
        for pattern, keyword in zip(node.kwd_patterns, keywords):
            self.node(pattern, keyword.slots["pattern"])

    def MatchStar(self, node, ours):
        self.kind(node, ours)
        self.same(node, "name", node.name, ours.name)

    def MatchAs(self, node, ours):
        slots = self.kind(node, ours)
        self.same(node, "name", node.name, ours.name)
        self.optional(node, "pattern", node.pattern, slots.get("pattern"))
