"""What the shell writes to files: copies of the database, dumps, exports. Each is read back."""

import os
import subprocess
import unittest

from cli import GEODE, CliTest, environment

# Values of each type that a property can hold, and names that need quotes.
ODD = r"""INSERT
  (a:Odd&`two words` {n: 1, b: true, i: -9223372036854775808, f: 1.0E300, tiny: 5.0E-324, nan: CAST('NaN' AS FLOAT),
    inf: CAST('-Infinity' AS FLOAT), s: 'it''s "a" \\ \n line; // no comment', empty: '', digits: '007', bytes: X'00ff7f',
    d: date('2024-02-29'), lt: localtime('12:30:00.5'), zt: time('12:30:00+01:00'),
    ldt: localdatetime('2024-02-29T12:30:00'), zdt: datetime('2024-02-29T12:30:00+01:00[Europe/Paris]'),
    du: duration('P1Y2M3DT4.000000005S'), l: [1, 'x', [2.5, date('2024-01-01')]], none: [],
    `order`: 1, `back``quote`: 2, äöü: 3}),
  (b {n: 2}), (c:`order` {n: 3}),
  (a)-[:KNOWS {since: date('2020-01-01')}]->(b), (b)-[:`is a`]->(b), (b)-[:KNOWS]->(a), (b)-[:KNOWS]->(a);
CREATE INDEX FOR (o:Odd) ON (o.n, o.s);
CREATE UNIQUE INDEX `by order` FOR (o:`order`) ON (o.n);
CREATE CONSTRAINT once FOR (o:Odd) REQUIRE o.i IS UNIQUE;
CREATE CONSTRAINT there FOR ()-[e:`is a`]-() REQUIRE e.n IS NOT NULL;
"""

PEOPLE = r"""INSERT
  (a:Person {name: 'Ada', code: '007', born: date('1815-12-10'), note: ''}),
  (b:Person:Admin {name: 'Bob, "B"', age: 36, score: 1.0}), (c:City {name: 'Rome', size: 2.5}),
  (a)-[:KNOWS {since: 2015}]->(b), (b)-[:KNOWS]->(a), (b)-[:LIVES_IN {from: date('2020-01-01')}]->(c);
CREATE INDEX city_name FOR (c:City) ON (c.name);
CREATE CONSTRAINT person_name FOR (p:Person) REQUIRE p.name IS UNIQUE;
CREATE CONSTRAINT age_typed FOR (p:Person) REQUIRE p.age IS TYPED INT;
CREATE CONSTRAINT age_range FOR (`end`:Person) REQUIRE `end`.age >= 0 AND `end`.name <> 'it''s \'' AND `end`:Person;
CREATE CONSTRAINT since_typed FOR ()-[k:KNOWS]-() REQUIRE k.since IS TYPED INT16;
"""


class Files(CliTest):
    def graph(self, database):
        """All there is, in an order that does not depend on ids."""
        rows = []
        for query in ("MATCH (n) RETURN labels(n) AS l, n", "MATCH (a)-[e]->(b) RETURN a, e, b",
                      "MATCH (n) UNWIND keys(n) AS k RETURN labels(n) AS l, k, [n[k]] AS v",
                      "MATCH ()-[e]->() UNWIND keys(e) AS k RETURN labels(e) AS l, k, [e[k]] AS v",
                      "SHOW INDEXES", "SHOW CONSTRAINTS"):
            outcome = self.check(self.geode(database, "--csv", "-c", query))
            rows.append(sorted(sorted_properties(line) for line in outcome.out.splitlines()))
        return rows

    def make(self, statements, name="g.geode"):
        self.check(self.geode(self.path(name), stdin=statements))
        return self.path(name)

    # .save

    def test_an_in_memory_database_is_saved(self):
        path = self.path("saved.geode")
        self.check(self.geode(stdin=ODD.replace("REQUIRE e.n IS NOT NULL", "REQUIRE e.x IS NOT NULL").split("CREATE")[0] +
                              ".save %s\n" % path))
        self.check(self.geode(path, "-c", "MATCH (n) RETURN count(*) AS n"), out="n\n3\n")
        self.assertEqual(sorted(os.listdir(self.folder)), ["saved.geode", "saved.geode-lock"])

    def test_save_refuses_a_file_that_is_there(self):
        path = self.write("mine", "text")
        outcome = self.check(self.geode(stdin=".save %s\n" % path), code=1)
        self.assertIn("42X03", outcome.err)
        with open(path) as f:
            self.assertEqual(f.read(), "text")

    def test_save_refuses_an_open_transaction_that_writes(self):
        outcome = self.check(self.geode(stdin="START TRANSACTION;\nINSERT (:A);\n.save x.geode\n"), code=1)
        self.assertIn("25G01", outcome.err)
        self.assertEqual(os.listdir(self.folder), [])

    # .dump

    def dumped(self, statements):
        first = self.make(statements)
        before = self.graph(first)
        self.check(self.geode(first, "-c", ".dump %s" % self.path("d.gql")))
        second = self.path("second.geode")
        self.check(self.geode(second, stdin=".read %s\n" % self.path("d.gql")))
        self.assertEqual(self.graph(second), before)
        return second

    def test_a_dump_builds_the_same_graph(self):
        self.dumped(ODD.replace("[:`is a`]", "[:`is a` {n: 1}]"))

    def test_a_dump_of_a_large_graph_builds_the_same_graph(self):
        second = self.dumped("UNWIND range(1, 6000) AS i INSERT (:P {i: i});\n"
                             "CREATE INDEX FOR (p:P) ON (p.i);\n"
                             "MATCH (a:P), (b:P) WHERE b.i = a.i % 1500 + 1 INSERT (a)-[:NEXT {w: a.i / 2.0}]->(b);\n"
                             "MATCH (a:P), (b:P) WHERE b.i = a.i % 1500 + 1 INSERT (a)~[:NEXT {u: a.i}]~(b);\n"
                             "INSERT (:DumpedNode {dump_number: 5})-[:SELF {x: 'y'}]->();\n")
        self.check(self.geode(second, "-c", "MATCH (n:P)~[e:NEXT]~() RETURN count(DISTINCT e) AS n, count(*) AS m"),
                   out="n,m\n6000,12000\n")
        self.check(self.geode(second, "-c", "MATCH (n:P)-[e:NEXT]->() RETURN count(*) AS n, sum(e.w) AS w"),
                   out="n,w\n6000,9001500.0\n")

    def test_a_dump_has_every_graph_and_what_the_catalog_says(self):
        second = self.dumped("""
            CREATE SCHEMA /sales; CREATE SCHEMA `/odd name`;
            CREATE GRAPH TYPE social { (p :Person {name STRING NOT NULL, tags LIST<STRING>}),
              (:Key => :Implied), (p)-[:KNOWS {since DECIMAL(5, 2)}]->(p) };
            CREATE GRAPH TYPE /sales/empty { (:Thing) };
            CREATE GRAPH people TYPED social;
            USE people INSERT (a:Person {name: 'Ada', tags: ['x']})-[:KNOWS {since: 1.25M}]->(:Person {name: 'Bob'}), (:Key&Implied);
            CREATE GRAPH `/odd name`/`the graph`;
            USE `/odd name`/`the graph` INSERT (:`a b` {`c d`: 1});
            CREATE GRAPH /sales/orders;
            SESSION SET GRAPH /sales/orders;
            UNWIND range(1, 6000) AS i INSERT (:Order {i: i});
            MATCH (a:Order), (b:Order) WHERE b.i = a.i % 1500 + 1 INSERT (a)-[:NEXT]->(b);
            CREATE INDEX FOR (o:Order) ON (o.i);
            CREATE NODE TYPE Order (i INT NOT NULL);
            CREATE EDGE TYPE NEXT (:Order)-[LABEL NEXT {w INT}]->(:Order);
            CREATE GRAPH large { (:N {i INT}) };
            USE large UNWIND range(1, 11000) AS i INSERT (:N {i: i});
            CREATE GRAPH `typed` { (:Stop {name STRING}), (:Stop)~[:NEAR {km INT}]~(:Stop), (:Stop)-[:NEXT]->(:Stop) };
            USE `typed` INSERT (a:Stop {name: 'a'})~[:NEAR {km: 3}]~(b:Stop {name: 'b'}), (b)-[:NEXT]->(a);
            CREATE GRAPH untyped;
            """.replace("`/odd name`", "/`odd name`"))
        self.check(self.geode(second, stdin="""
            SHOW GRAPHS YIELD schema, name, nodes, edges;
            USE people MATCH (a)-[e]->(b) RETURN a.name, a.tags, e.since, b.name;
            USE /`odd name`/`the graph` MATCH (n) RETURN labels(n), n.`c d` AS v;
            USE /sales/orders MATCH (:Order)-[e]->() RETURN count(e) AS n;
            USE `typed` MATCH (a)~[e]~(b) RETURN a.name, e.km, b.name;
            """), out="schema,name,nodes,edges\n/,default,0,0\n/,large,11000,0\n/,people,3,1\n/,typed,2,2\n/,untyped,0,0\n"
                      "/odd name,the graph,1,0\n/sales,orders,6000,6000\n"
                      "a.name,a.tags,e.since,b.name\nAda,['x'],1.25M,Bob\nlabels(n),v\n['a b'],1\nn\n6000\n"
                      "a.name,e.km,b.name\na,3,b\nb,3,a\n")
        for statement, code in (("USE people INSERT (:Robot)", "G2000"), ("USE /sales/orders INSERT (:Order)", "G2000"),
                                ("USE large INSERT (:M)", "G2000"), ("USE `typed` INSERT (:Stop)~[:NEXT]~(:Stop)", "G2000"), ("CREATE GRAPH g TYPED social2", "42002"),
                                ("USE /sales/orders MATCH (o {i: 1}) INSERT (o)-[:NEXT {w: 'x'}]->(o)", "G2000")):
            self.assertIn(code, self.check(self.geode(second, "-c", statement), code=1).err)

    def test_a_dump_of_nothing(self):
        outcome = self.check(self.geode(stdin=".dump\n"))
        self.check(self.geode(stdin=outcome.out + "RETURN 1 AS a;\n"), out="a\n1\n")

    def test_a_dump_holds_the_changes_of_the_open_transaction(self):
        outcome = self.check(self.geode(stdin="START TRANSACTION;\nINSERT (:Mine);\n.dump\nROLLBACK;\n"))
        self.assertIn("(:Mine)", outcome.out)

    # .export

    def exported(self, form):
        first = self.make(PEOPLE)
        before = self.graph(first)
        self.check(self.geode(first, "-c", ".export %s %s" % (self.path("out"), form)))
        second = self.path("second.geode")
        done = subprocess.run(["sh", self.path("out/import.sh"), second], env=environment(GEODE=GEODE),
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.graph(second), before)
        return first

    def test_csv_files_are_read_back(self):
        self.exported("csv")
        self.assertEqual(sorted(os.listdir(self.path("out"))),
                         ["edges-KNOWS-Admin-Person.csv", "edges-KNOWS-Person-Admin.csv", "edges-LIVES_IN-Admin-City.csv",
                          "import.sh", "nodes-Admin-Person.csv", "nodes-City.csv", "nodes-Person.csv", "schema.gql"])
        with open(self.path("out/nodes-Person.csv")) as f:
            self.assertEqual(f.read().splitlines()[0], "_id,born,code,name,note")

    def test_json_lines_files_are_read_back(self):
        self.exported("jsonl")

    def test_export_refuses_what_import_cannot_take(self):
        for statement, message in (("INSERT (:A), ();", "a label"), ("INSERT (:`a:b`);", "`a:b`"),
                                   ("INSERT (:A)-[:E {from: 1, to: 2}]->(:A);", "`from` and `to`"),
                                   ("INSERT (:A)~[:E]~(:A);", "direction")):
            outcome = self.check(self.geode(stdin=statement + "\n.export out\n"), code=1)
            self.assertIn(message, outcome.err)
            self.assertIn(".dump", outcome.err)
            self.assertEqual(os.listdir(self.folder), [])

    def test_export_writes_into_no_folder_that_is_in_use(self):
        self.write("mine", "text")
        outcome = self.check(self.geode(stdin="INSERT (:A);\n.export .\n"), code=1)
        self.assertIn("not empty", outcome.err)

    def test_export_tells_what_files_cannot(self):
        outcome = self.check(self.geode(stdin="INSERT (:A {x: 1}), (:A {x: 'b'}), (:A {y: X'00'});\n.export out\n"))
        self.assertIn("property `x`", outcome.err)
        self.assertIn("property `y`", outcome.err)


def sorted_properties(line):
    """A row whose properties do not depend on the order in which keys were first used."""
    return "".join(sorted(line))


if __name__ == "__main__":
    unittest.main()
