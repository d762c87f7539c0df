"""Alternatives, quantifiers and simplified forms of path patterns against a slow, obvious matcher."""

import collections
import random
import unittest

from cli import CliTest, PipeProcess

NODES, EDGES, LABELS = 5, 8, "AB"


# Of each direction: the edge, its simplified form, and whether it goes along directed edges, back along them, and along undirected ones.
MARKS = {">": ("-[:%s]->", "%s>", True, False, False), "<": ("<-[:%s]-", "<%s", False, True, False),
         "<>": ("<-[:%s]->", "<%s>", True, True, False), "~": ("~[:%s]~", "~%s", False, False, True),
         "~>": ("~[:%s]~>", "~%s>", True, False, True), "<~": ("<~[:%s]~", "<~%s", False, True, True),
         "-": ("-[:%s]-", "-%s", True, True, True)}


class Edge:
    def __init__(self, label, mark):
        self.label, self.mark = label, mark

    def text(self):
        return MARKS[self.mark][0] % self.label

    def simple(self):
        return MARKS[self.mark][1] % self.label

    def paths(self, graph, at):
        found = []
        forward, backward, undirected = MARKS[self.mark][2:]
        for number, (source, target, label, directed) in enumerate(graph):
            if label != self.label:
                continue
            along = forward if directed else undirected
            if along and source == at:
                found.append(((number,), target))
            if (backward if directed else undirected) and target == at and not (along and source == target):
                found.append(((number,), source))
        return found


class Sequence:
    def __init__(self, parts):
        self.parts = parts

    def text(self):
        return " ".join(part.text() for part in self.parts)

    def simple(self):
        return " ".join(part.simple() for part in self.parts)

    def paths(self, graph, at):
        found = [((), at)]
        for part in self.parts:
            found = [(before + after, end) for before, middle in found for after, end in part.paths(graph, middle)]
        return found


class Either:
    def __init__(self, parts, multiset):
        self.parts, self.mark = parts, " |+| " if multiset else " | "

    def text(self):
        return "(" + self.mark.join(part.text() for part in self.parts) + ")"

    def simple(self):
        return "(" + self.mark.join(part.simple() for part in self.parts) + ")"

    def paths(self, graph, at):
        found = []
        for part in self.parts:
            earlier = set(found) if self.mark == " | " else ()
            found += [path for path in part.paths(graph, at) if path not in earlier]
        return found


class Repeated:
    def __init__(self, part, least, most):
        self.part, self.least, self.most = part, least, most

    def text(self):
        return "(%s){%d,%d}" % (self.part.text(), self.least, self.most)

    def simple(self):
        return "(%s){%d,%d}" % (self.part.simple(), self.least, self.most)

    def paths(self, graph, at):
        found, level = [], [((), at)]
        for count in range(self.most + 1):
            if count >= self.least:
                found += level
            level = [(before + after, end) for before, middle in level for after, end in self.part.paths(graph, middle)]
        return found


def pattern(choose, depth):
    kind = choose.randrange(6) if depth > 0 else 0
    if kind <= 1:
        return Edge(choose.choice(LABELS), choose.choice(sorted(MARKS)))
    if kind == 2:
        return Sequence([pattern(choose, depth - 1) for _ in range(2)])
    if kind == 3:
        least = choose.randrange(1, 3)
        return Repeated(pattern(choose, depth - 1), least, least + choose.randrange(2))
    return Either([pattern(choose, depth - 1) for _ in range(choose.randrange(2, 4))], kind == 5)


class PathPatterns(CliTest):
    def setUp(self):
        super().setUp()
        self.pipe = PipeProcess()
        self.addCleanup(self.finish)

    def finish(self):
        self.pipe.process.kill()
        self.pipe.close()

    def rows(self, query):
        answer = self.pipe.run(query)
        self.assertTrue(answer["ok"], (query, answer))
        return answer["rows"]

    def check(self, query, wanted):
        found = collections.Counter((start, tuple(edges)) for start, edges in self.rows(query))
        self.assertEqual(found, wanted, query)

    def check_seed(self, seed):
        choose = random.Random(seed)
        self.rows("MATCH (n) DETACH DELETE n")
        self.rows("UNWIND range(0, %d) AS i CREATE (:N {i: i})" % (NODES - 1))
        graph = [(choose.randrange(NODES), choose.randrange(NODES), choose.choice(LABELS), choose.randrange(3) > 0)
                 for _ in range(EDGES)]
        for number, (source, target, label, directed) in enumerate(graph):
            edge = "(a)-[:%s {i: %d}]->(b)" if directed else "(a)~[:%s {i: %d}]~(b)"
            self.rows("MATCH (a {i: %d}), (b {i: %d}) CREATE " % (source, target) + edge % (label, number))
        for _ in range(8):
            path = pattern(choose, 3)
            everything = [(start, edges, end) for start in range(NODES) for edges, end in path.paths(graph, start)]
            if len(everything) > 20000:
                continue
            trails = [(s, e, t) for s, e, t in everything if len(set(e)) == len(e)]
            result = " RETURN s.i, [e IN edges(p) | e.i]"
            count = lambda rows: collections.Counter((s, e) for s, e, _ in rows)
            one, other = choose.randrange(NODES), choose.randrange(NODES)
            text = path.text()
            self.check("MATCH p = (s)%s(t)%s" % (text, result), count(trails))
            self.check("MATCH p = (s {i: %d})%s(t)%s" % (one, text, result), count(r for r in trails if r[0] == one))
            self.check("MATCH p = (s)%s(t {i: %d})%s" % (text, other, result), count(r for r in trails if r[2] == other))
            self.check("MATCH (s {i: %d}) MATCH (t {i: %d}) MATCH p = (s)%s(t)%s" % (one, other, text, result),
                       count(r for r in trails if r[0] == one and r[2] == other))
            self.check("MATCH p = (s)-/%s/->(t)%s" % (path.simple(), result), count(trails))
            self.check("MATCH REPEATABLE ELEMENTS p = (s)%s(t)%s" % (text, result), count(everything))
            shortest = {}
            for start, edges, end in trails:
                shortest[start, end] = min(len(edges), shortest.get((start, end), len(edges)))
            self.check("MATCH p = ALL SHORTEST (s)%s(t)%s" % (text, result),
                       count(r for r in trails if len(r[1]) == shortest[r[0], r[2]]))

    def test_random_patterns(self):
        for seed in range(25):
            with self.subTest(seed=seed):
                self.check_seed(seed)

    def test_long_patterns(self):
        self.rows("CREATE (:N {i: 1})-[:A]->(:N {i: 2})")
        long = lambda edges: self.pipe.run("MATCH (a)" + "-->({i: 1})" * edges + " RETURN 1")
        self.assertEqual(long(1)["status"], "02000")
        self.assertEqual(long(2000)["status"], "02000")
        self.assertEqual(long(2049)["status"], "54X01")
        self.assertEqual(self.rows("RETURN 1 AS x" + " UNION ALL RETURN 1 AS x" * 20000), [[1]] * 20001)
        self.assertEqual(self.rows("RETURN 1 AS x" + " UNION RETURN 1 AS x" * 5000), [[1]])
        self.assertEqual(self.rows("MATCH (n:Missing) RETURN 0 AS x" + " OTHERWISE RETURN 1 AS x" * 3), [[1]])

    def test_long_statements(self):
        let = lambda n: "LET " + ", ".join("a%d = %d" % (i, i) for i in range(n)) + " RETURN a1"
        self.assertEqual(self.rows(let(1500)), [[1]])
        self.assertEqual(self.pipe.run(let(20000))["status"], "54X01")
        matches = lambda n: " ".join("MATCH (a%d)-->(b%d)" % (i, i) for i in range(n)) + " RETURN 1"
        self.assertEqual(self.pipe.run(matches(500))["status"], "02000")
        self.assertEqual(self.pipe.run(matches(8000))["status"], "54X01")
        self.assertTrue(self.pipe.run(" ".join("INSERT (a%d:X)" % i for i in range(1500)))["ok"])
        self.assertEqual(self.rows("MATCH (n:X) RETURN count(*)"), [[1500]])
        nodes = "MATCH " + ", ".join("(a%d)" % i for i in range(10000)) + " RETURN 1"
        self.assertEqual(self.pipe.run(nodes)["status"], "54X01")
        fields = ", ".join("k%d: %d" % (i, i) for i in range(50000))
        self.assertEqual(self.rows("RETURN {" + fields + ", k7: 0}.k7"), [[0]])

    def test_the_time_limit_reaches_the_planner(self):
        query = self.write("long.gql", "CREATE (:N)-[:A]->(:N);\nMATCH (a)" + "-->({i: 1})" * 2048 + " RETURN 1;\n")
        with open(query, encoding="utf-8") as text:
            outcome = self.geode("shell", "--timeout", "0.05", ":memory:", stdin=text.read())
        self.assertIn("57X02", outcome.err)


if __name__ == "__main__":
    unittest.main()
