"""Statements as the guides write them, and what GQL has beside them (rows 120 to 177)."""

import json
import os
import re
import subprocess
import time

from feature import Served

PEOPLE = """
CREATE (:Person {id: 1, name: 'Ada', age: 36, city: 'San Francisco', email: 'user@example.com'});
CREATE (:Person {id: 2, name: 'Bob', age: 25, city: 'Oslo', email: 'bob@example.com'});
CREATE (:Person {id: 3, name: 'Cy', age: 41, city: 'Oslo', email: 'cy@example.com'});
MATCH (a:Person {id: 1}), (b:Person {id: 2}) CREATE (a)-[:KNOWS]->(b), (a)-[:FRIEND]->(b);
MATCH (a:Person {id: 1}), (b:Person {id: 3}) CREATE (a)-[:KNOWS]->(b);
MATCH (a:Person {id: 2}), (b:Person {id: 3}) CREATE (a)-[:FRIEND]->(b);
"""


class Guides(Served):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run(["geode", "shell", "-q", "-c", PEOPLE], cwd=cls.folder_of_server, check=True, capture_output=True)

    def test_120_named_parameter(self):
        rows = self.rows_of("MATCH (p:Person {id: $id}) RETURN p.name AS name", "--param", "id=2")
        self.assertEqual(rows, [{"name": "Bob"}])
        self.assertIn("Bob", self.says("MATCH (p:Person {id: $id}) RETURN p", "--param", "id=2"))

    def rows_of(self, text, *flags):
        return json.loads(self.says(text, "--json", *flags))

    def test_121_create(self):
        for verb in ("CREATE", "INSERT"):
            self.says(verb + " (p:Made {id: $id, name: $name})", "--param", "id=100001", "--param", 'name="User_7"')
        self.assertEqual(self.rows("MATCH (p:Made {id: 100001}) RETURN p.name AS n"), [{"n": "User_7"}] * 2)

    def test_122_create_between(self):
        self.says("CREATE (:TypeA {id: 5}); CREATE (:TypeB {ref_id: 5}); CREATE (:TypeB {ref_id: 6})")
        self.says("MATCH (a:TypeA), (b:TypeB)\nWHERE a.id = b.ref_id\nCREATE (a)-[:NEW_RELATIONSHIP]->(b);")
        self.assertEqual(self.rows("MATCH (:TypeA)-[r:NEW_RELATIONSHIP]->(b) RETURN b.ref_id AS id"), [{"id": 5}])

    def test_123_profile(self):
        text = "MATCH (n:Person)-[:KNOWS]->(m:Person)\nWHERE n.age > 30\nRETURN n.name, count(m) AS friends"
        self.assertEqual(self.rows(text), [{"n.name": "Ada", "friends": 2}])
        self.assertIn("actual", self.says("PROFILE " + text))

    def test_124_paths_and_collect(self):
        text = ("MATCH (n:Person)-[:FRIEND*1..3]->(m:Person)\nWHERE n.city = 'San Francisco'\n"
                "RETURN n.name, collect(m.name) AS friends;")
        (row,) = self.rows(text)
        self.assertEqual((row["n.name"], sorted(row["friends"])), ("Ada", ["Bob", "Cy"]))
        self.assertEqual(self.rows(text.replace("*1..3]->", "]->{1,3}").replace("collect(", "collect_list(")), [row])
        self.assertIn("actual", self.says("PROFILE " + text))

    def test_125_explain(self):
        text = "EXPLAIN MATCH (n:Found) WHERE n.email = 'user@example.com' RETURN n;"
        self.says("FOR i IN range(1, 5000) INSERT (:Found {email: 'user' || toString(i)})")
        self.assertIn("node scan", self.says(text))
        self.says("CREATE INDEX found_email ON Found(email)")
        self.assertRegex(self.says(text), r"index (seek|scan)")

    def test_126_transaction(self):
        self.says("BEGIN TRANSACTION;\n-- Perform operations\nCREATE (:Row126);\nCOMMIT;")
        self.says("START TRANSACTION;\nCREATE (:Row126);\nROLLBACK;")
        self.assertEqual(self.rows("MATCH (n:Row126) RETURN count(n) AS n"), [{"n": 1}])

    def test_127_orphans(self):
        rows = self.rows("MATCH (n)-[r]->(m)\nWHERE NOT exists(n) OR NOT exists(m)\nRETURN count(r);")
        self.assertEqual(rows, [{"count(r)": 0}])

    def test_128_limit_without_order(self):
        begin = time.monotonic()
        (row,) = self.rows("MATCH (n) RETURN count(n) LIMIT 1")
        self.assertGreater(row["count(n)"], 2)
        self.assertLess(time.monotonic() - begin, 1)

    def test_129_ping(self):
        self.assertEqual(self.says("PING"), "PONG\n")

    def test_130_compact_storage(self):
        self.says("FOR i IN range(1, 20000) INSERT (:Gone {text: 'some words that take room ' || toString(i)})")
        self.says("MATCH (n:Gone) DELETE n")
        (row,) = self.rows("CALL system.compact_storage();")
        self.assertLess(row["bytes_after"], row["bytes_before"])

    def test_131_promote_to_primary(self):
        """Of the only server there is; of one among several there is nothing yet."""
        self.assertEqual(self.rows("CALL system.promote_to_primary()"), [{"role": "single"}])

    def test_132_memory_stats(self):
        rows = {row["name"]: row["bytes"] for row in self.rows("CALL system.memory_stats()")}
        self.assertGreater(rows["process.resident"], 1 << 20)

    def test_133_clear_cache(self):
        self.rows("MATCH (n:Person) RETURN count(n)")
        (row,) = self.rows("CALL system.clear_cache()")
        self.assertGreaterEqual(row["plans"], 0)

    def endless(self):
        process = subprocess.Popen(["geode", "shell", "-c", "FOR i IN range(1, 100000000000) RETURN max(i)"], cwd=self.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        row = self.eventually(lambda: [row for row in self.rows("CALL system.list_queries()") if "max(i)" in row["query"]],
                              "the statement among those that run")[0]
        return process, row["id"]

    def test_134_list_and_kill(self):
        process, query = self.endless()
        self.says("CALL system.kill_query($query_id)", "--param", 'query_id="%s"' % query)
        self.assertIn("57X01", process.communicate(timeout=20)[1])

    def test_135_queries_table(self):
        self.says("SELECT * FROM system.queries WHERE duration > 10s")
        process, query = self.endless()
        rows = self.eventually(lambda: self.rows("SELECT * FROM system.queries WHERE duration > 1s"), "one that runs for long")
        self.assertEqual([row["id"] for row in rows], [query])
        self.says("KILL QUERY '%s'" % query)
        process.communicate(timeout=20)

    def test_136_kill_query(self):
        self.refused("KILL QUERY 'query-id'", "42002")
        process, query = self.endless()
        self.says("KILL QUERY '%s'" % query)
        self.assertIn("57X01", process.communicate(timeout=20)[1])

    def test_137_data_size(self):
        """A history needs days: tests/server/serve fills one with made-up times. Here: the statement and its columns."""
        out = self.says("SELECT timestamp, data_size_gb\nFROM metrics.data_size\n"
                        "WHERE timestamp > NOW() - INTERVAL '90' DAY\nORDER BY timestamp")
        self.assertEqual(out.splitlines()[0], "timestamp,data_size_gb")

    def test_138_query_stats(self):
        out = self.says("SELECT AVG(queries_per_second) as avg_qps,\nMAX(queries_per_second) as peak_qps\n"
                        "FROM metrics.query_stats\nWHERE timestamp > NOW() - INTERVAL '30' DAY")
        self.assertEqual(out.splitlines()[0], "avg_qps,peak_qps")
        self.assertEqual(len(out.splitlines()), 2)

    def test_144_no_schema_needed(self):
        self.says("CREATE (n:NewType {property: 'value'});")
        self.assertEqual(self.rows("MATCH (n:NewType) RETURN n.property AS p"), [{"p": "value"}])

    def test_150_lexical(self):
        text = ("match (`a b`:Person) /* a comment */ where `a b`.id = 1 // another\n"
                "RETURN `a b`.name AS n, 9223372036854775807 AS i, 1.5e3 AS f, 'it''s' AS s, \"double\" AS d, [1, 2] AS l -- the last")
        self.assertEqual(self.rows(text), [{"n": "Ada", "i": 9223372036854775807, "f": 1500.0, "s": "it's", "d": "double", "l": [1, 2]}])
        self.refused("MATCH (n:Person) RETURN N.name", "42002")

    def test_151_node_patterns(self):
        self.says("CREATE (:L1:L2 {k: 1}), (:L1 {k: 2}), (:L3 {k: 3})")
        for pattern, found in (("(v:L1:L2 {k: 1} WHERE v.k < 2)", [1]), ("(v:L1|L3)", [1, 2, 3]), ("(v:L1&!L2)", [2]),
                               ("(v:L1&L2)", [1])):
            rows = self.rows("MATCH %s RETURN v.k AS k ORDER BY k" % pattern)
            self.assertEqual([row["k"] for row in rows], found, pattern)

    def test_152_edge_patterns(self):
        chain = "(:C {n: 0})-[:T1 {w: 1}]->(:C {n: 1})-[:T2]->(:C {n: 2})-[:T1]->(:C {n: 3})"
        self.says("CREATE " + chain)
        for pattern, count in (("(a:C)-[r:T1]->(b)", 2), ("(a:C)<-[r:T1]-(b)", 2), ("(a:C)-[]-(b)", 6), ("(a:C)-->(b)", 3),
                               ("(a:C)-[:T1|T2]->(b)", 3), ("(a:C)-[:T1|:T2]->(b)", 3), ("(a:C)-[{w: 1}]->(b)", 1),
                               ("(a:C {n: 0})-[*]->(b)", 3), ("(a:C {n: 0})-[*2]->(b)", 1), ("(a:C {n: 0})-[*1..2]->(b)", 2),
                               ("(a:C {n: 0})-[*..2]->(b)", 2), ("(a:C {n: 0})-[*2..]->(b)", 2), ("(a:C {n: 0})-[*0..]->(b)", 4),
                               ("(a:C {n: 0})-[]->{1,2}(b)", 2), ("(a:C {n: 0})-[]->+(b)", 3), ("(a:C {n: 0})-[]->*(b)", 4),
                               ("(a:C {n: 0})-[]->?(b)", 2)):
            self.assertEqual(self.rows("MATCH %s RETURN count(*) AS c" % pattern), [{"c": count}], pattern)

    def test_153_paths(self):
        self.says("CREATE (a:S {n: 0})-[:R {w: 2}]->(b:S {n: 1})-[:R {w: 3}]->(c:S {n: 2}), (a)-[:R {w: 9}]->(c)")
        ends = "(a:S {n: 0})-[:R]->+(c:S {n: 2})"
        self.assertEqual(self.rows("MATCH p = (a:S {n: 0})-[*]->(c:S {n: 2}) RETURN length(p) AS l ORDER BY l"), [{"l": 1}, {"l": 2}])
        self.assertEqual(self.rows("MATCH p = ANY SHORTEST %s RETURN length(p) AS l" % ends), [{"l": 1}])
        self.assertEqual(self.rows("MATCH p = ALL SHORTEST %s RETURN length(p) AS l" % ends), [{"l": 1}])
        self.assertEqual(self.rows("MATCH path = SHORTEST (a:S {n: 0})-[:R*]->(c:S {n: 2}) RETURN length(path) AS l"), [{"l": 1}])
        self.assertEqual(self.rows("MATCH p = (a:S {n: 0})-[rels:R*2]->(c) RETURN reduce(t = 0, r IN rels | t + r.w) AS sum"),
                         [{"sum": 5}])

    def test_154_clauses(self):
        for text, expected in (
                ("OPTIONAL MATCH (n:Missing) RETURN n AS x", [None]),
                ("MATCH (n:Person) WITH n.city AS c, count(*) AS k RETURN c AS x ORDER BY k DESC, c NULLS LAST", ["Oslo", "San Francisco"]),
                ("MATCH (n:Person) RETURN DISTINCT n.city AS x ORDER BY x ASC SKIP 1 LIMIT 1", ["San Francisco"]),
                ("MATCH (n:Person) RETURN n.id AS x ORDER BY x OFFSET 2", [3]),
                ("MATCH (n:Person) RETURN n.city AS x, count(*) AS k GROUP BY x ORDER BY x", ["Oslo", "San Francisco"]),
                ("RETURN 1 AS x UNION ALL RETURN 1 AS x", [1, 1]), ("RETURN 1 AS x UNION RETURN 1 AS x", [1]),
                ("RETURN 1 AS x INTERSECT RETURN 1 AS x", [1]), ("RETURN 1 AS x EXCEPT RETURN 1 AS x", []),
                ("FOR x IN [1, 2] RETURN x", [1, 2]), ("UNWIND [1, 2] AS x RETURN x", [1, 2]), ("LET x = 3 RETURN x", [3]),
                ("FOR x IN [1, 2, 3] FILTER x > 2 RETURN x", [3]), ("MATCH (n:Person {id: 1}) CALL (n) { RETURN n.age AS x } RETURN x", [36]),
                ("CALL db.labels() YIELD label FILTER label = 'Person' RETURN label AS x", ["Person"]),
                ("RETURN CASE WHEN 1 > 0 THEN 'a' ELSE 'b' END AS x", ["a"]),
                ("MATCH (n:Person) WHERE EXISTS { (n)-[:KNOWS]->() } RETURN n.name AS x", ["Ada"]),
                ("MATCH (n:Person {id: 1}) RETURN COUNT { (n)-[:KNOWS]->() } AS x", [2])):
            self.assertEqual([row["x"] for row in self.rows(text)], expected, text)
        self.says("MATCH (n:Person) FINISH")

    def test_155_writes(self):
        self.says("INSERT (:W {k: 1}); CREATE (:W {k: 2})")
        self.says("MERGE (n:W {k: 1}) ON CREATE SET n.made = true ON MATCH SET n.met = true")
        self.says("MERGE (n:W {k: 3}) ON CREATE SET n.made = true ON MATCH SET n.met = true")
        self.says("MATCH (n:W {k: 2}) SET n.p = 1, n:Other, n += {q: 2}")
        self.assertEqual(self.rows("MATCH (n:W) RETURN n.k AS k, n.made AS made, n.met AS met, n.p AS p, n.q AS q ORDER BY k"),
                         [{"k": 1, "made": None, "met": True, "p": None, "q": None},
                          {"k": 2, "made": None, "met": None, "p": 1, "q": 2},
                          {"k": 3, "made": True, "met": None, "p": None, "q": None}])
        self.says("MATCH (n:W {k: 2}) REMOVE n.p, n:Other")
        self.says("MATCH (n:W {k: 2}), (m:W {k: 1}) CREATE (n)-[:E]->(m)")
        self.refused("MATCH (n:W {k: 2}) DELETE n", "G1001")
        self.says("MATCH (n:W {k: 2}) DETACH DELETE n; MATCH (n:W {k: 1}) DELETE n")
        self.assertEqual(self.rows("MATCH (n:W) RETURN n.k AS k"), [{"k": 3}])

    def test_156_predicates(self):
        for text in ("1 <> 2", "1 <= 1", "true XOR false", "NOT false", "2 IN [1, 2]", "2 BETWEEN 1 AND 3", "null IS NULL", "1 IS NOT NULL",
                     "'abc' STARTS WITH 'a'", "'abc' ENDS WITH 'c'", "'abc' CONTAINS 'b'", "'abc' =~ 'a.c'", "1 IS :: INT",
                     "1 IS TYPED INT", "all(x IN [1, 2] WHERE x > 0)", "any(x IN [1, 2] WHERE x > 1)",
                     "none(x IN [1, 2] WHERE x > 2)", "single(x IN [1, 2] WHERE x > 1)"):
            self.assertEqual(self.rows("RETURN (%s) AS x" % text), [{"x": True}], text)

    def test_157_graphs(self):
        self.says("CREATE GRAPH row157; CREATE GRAPH IF NOT EXISTS row157")
        self.says("USE row157 INSERT (:OnlyHere)")
        self.assertEqual(self.rows("USE row157 MATCH (n:OnlyHere) RETURN count(n) AS n"), [{"n": 1}])
        self.assertIn("row157", self.says("SHOW GRAPHS"))
        url = "geode+unix:///run/geode/geode.sock?graph=row157"
        self.assertEqual(self.passes("geode", "query", url, "MATCH (n) RETURN count(n) AS n"), "n\n1\n")
        self.says("DROP GRAPH row157; DROP GRAPH IF EXISTS row157")

    def test_158_graph_types(self):
        self.says("CREATE GRAPH TYPE row158 {(:P => :P {id STRING NOT NULL})}; CREATE GRAPH typed158 TYPED row158")
        self.says("USE typed158 INSERT (:P {id: 'a'})")
        self.refused("USE typed158 INSERT (:Q)", "G2000")

    def test_160_indexes(self):
        self.says("CREATE INDEX IF NOT EXISTS i1 ON Idx(a); CREATE UNIQUE INDEX i2 ON Idx(b); CREATE INDEX i3 ON :Idx(c);"
                  "CREATE INDEX i4 FOR (n:Idx) ON (n.d); CREATE INDEX i5 ON Idx(e) USING hash; CREATE INDEX i6 ON Idx(f) USING btree")
        names = {row["name"] for row in self.rows("SHOW INDEXES")}
        self.assertLessEqual({"i1", "i2", "i3", "i4", "i5", "i6"}, names)
        self.says("CREATE (:Idx {b: 1})")
        self.assertNotEqual(self.run_command("geode", "shell", "-c", "CREATE (:Idx {b: 1})").code, 0)
        self.says("DROP INDEX i1; DROP INDEX IF EXISTS i1; ANALYZE")

    def test_164_types(self):
        for text, expected in (("true", "BOOL"), ("CAST(1 AS INT8)", "INT"), ("CAST(1.5 AS FLOAT32)", "FLOAT"), ("CAST(1.25 AS DECIMAL(38, 2))", "DECIMAL"),
                               ("'x'", "STRING"), ("X'ff'", "BYTES"), ("DATE '2024-12-25'", "DATE"), ("LOCAL TIME '10:00:00'", "LOCAL TIME"),
                               ("ZONED TIME '10:00:00Z'", "ZONED TIME"), ("LOCAL DATETIME '2024-12-25T10:00:00'", "LOCAL DATETIME"),
                               ("ZONED DATETIME '2024-12-25T10:00:00Z'", "ZONED DATETIME"), ("DURATION 'P1D'", "DURATION"),
                               ("[1]", "LIST"), ("{a: 1}", "RECORD")):
            self.assertEqual(self.rows("RETURN (%s) IS NOT NULL AS there" % text), [{"there": True}], text)
            self.assertIn(expected, self.rows("RETURN valueType(%s) AS t" % text)[0]["t"], text)

    def test_165_functions(self):
        for text, expected in (("SUM", 0), ("COUNT", 0)):
            self.assertEqual(self.rows("MATCH (n:Nothing) RETURN %s(n.x) AS x" % text), [{"x": expected}])
        for text, expected in (("7 / 2", 3), ("lower('A')", "a"), ("upper('a')", "A"), ("substring('abc', 1)", "bc"), ("trim(' a ')", "a"),
                               ("ltrim(' a')", "a"), ("rtrim('a ')", "a"), ("round(1.6)", 2.0), ("size([1, 2])", 2), ("coalesce(null, 1)", 1),
                               ("toInteger('7')", 7), ("toBoolean('true')", True), ("toFloat('1.5')", 1.5), ("toString(1)", "1"),
                               ("reduce(t = 0, i IN [1, 2] | t + i)", 3), ("keys({a: 1})", ["a"])):
            self.assertEqual(self.rows("RETURN %s AS x" % text), [{"x": expected}], text)
        self.assertEqual(self.rows("MATCH (n:Person) RETURN count(n) AS c, sum(n.age) AS s, avg(n.age) AS a, min(n.age) AS l, max(n.age) AS h,"
                                   " size(collect(n.age)) AS k"), [{"c": 3, "s": 102, "a": 34.0, "l": 25, "h": 41, "k": 3}])
        self.says("MATCH (n:Person)-[r]->() RETURN id(n), labels(n), type(r), properties(n), now(), date(), datetime(), duration('P1D')")

    def test_167_isolation(self):
        shells = []
        for _ in range(2):
            shell = subprocess.Popen(["geode", "shell", "--no-header", "--keep-going"], cwd=self.folder, text=True, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self.addCleanup(shell.stdout.close)
            self.addCleanup(shell.wait)
            self.addCleanup(shell.stdin.close)
            shells.append(shell)

        def ask(shell, text):
            shell.stdin.write(text + "\n")
            shell.stdin.flush()
            return shell.stdout.readline().strip()

        self.says("CREATE (:Iso {v: 1})")
        reader, writer = shells
        self.assertEqual(ask(reader, "START TRANSACTION READ ONLY; MATCH (n:Iso) RETURN n.v;"), "1")
        self.assertEqual(ask(writer, "MATCH (n:Iso) SET n.v = 2; RETURN 0;"), "0")
        self.assertEqual(ask(reader, "MATCH (n:Iso) RETURN n.v;"), "1")  # as it was when the transaction began
        self.assertEqual(ask(reader, "COMMIT; MATCH (n:Iso) RETURN n.v;"), "2")
        for level in ("READ COMMITTED", "REPEATABLE READ", "SNAPSHOT", "SERIALIZABLE"):
            self.says("BEGIN TRANSACTION ISOLATION LEVEL %s; RETURN 1; COMMIT" % level)

    def test_175_explain_does_not_run(self):
        self.says("EXPLAIN CREATE (:NotMade)")
        self.assertEqual(self.rows("MATCH (n:NotMade) RETURN count(n) AS n"), [{"n": 0}])
        self.assertIn("node scan", self.says("EXPLAIN MATCH (n:Person) WHERE n.email = 'user@example.com' RETURN n;"))

    def test_176_profile(self):
        out = self.says("PROFILE MATCH (n:Person) WHERE n.age > 30 RETURN n.name")
        self.assertRegex(out, r"\d+ actual")  # rows
        self.assertRegex(out, r"[\d.]+ ms")  # time
        self.assertRegex(out, r"node scan|index")  # how they were found

    def test_177_slow_queries(self):
        self.says("CALL system.set_config('logging.slow_query', '1ms')")
        self.says("FOR i IN range(1, 5000000) RETURN max(i + 177)")
        self.assertIn("query execution time", self.log())
        self.assertTrue([row for row in self.rows("SELECT query FROM system.slow_queries") if "range" in row["query"]])
