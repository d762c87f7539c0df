"""`geode import`: specifications, reports, exit codes."""

import json
import os
import unittest

from cli import CliTest

PEOPLE = "id,name,age\n1,Ada,36\n2,Grace,45\n3,\"Edsger, W.\",40\n"
KNOWS = "from,to,since\n1,2,2015\n2,3,2012\n"


class Import(CliTest):
    def setUp(self):
        super().setUp()
        self.write("people.csv", PEOPLE)
        self.write("knows.csv", KNOWS)
        self.database = self.path("g.geode")

    def load(self, *arguments):
        return self.geode("import", self.database, "--nodes", "Person=people.csv,key=id", "--edges",
                          "KNOWS=knows.csv,from=Person.id,to=Person", *arguments)

    def test_nodes_and_edges(self):
        outcome = self.check(self.load(), out="")
        self.assertIn("imported 3 nodes and 2 edges", outcome.err)
        self.check(self.geode(self.database, "-c",
                              "MATCH (p:Person)-[k:KNOWS]->(q) RETURN p.name AS p, k.since AS s, q.age AS a ORDER BY p"),
                   out="p,s,a\nAda,2015,45\nGrace,2012,40\n")

    def test_another_graph(self):
        self.check(self.load("--graph", "friends"))
        self.check(self.load("--graph", "/friends", "--nodes", "City=people.csv"), code=1)
        self.check(self.geode("import", self.database, "--graph", "friends", "--nodes", "City=people.csv"))
        self.check(self.geode(self.database, "-q", "-c", "MATCH (n) RETURN count(*) AS home", "-c",
                              "USE friends MATCH (p:Person)-[:KNOWS]->(q) RETURN p.name AS p, q.name AS q ORDER BY p",
                              "-c", "USE friends", "-c", ".labels", "-c", "SHOW CONSTRAINTS YIELD name, definition"),
                   out="home\n0\np,q\nAda,Grace\nGrace,\"Edsger, W.\"\nlabel,nodes\nCity,3\nPerson,3\n"
                       "name,definition\nPerson_id_unique,FOR (x:Person) REQUIRE x.id IS UNIQUE\n")
        outcome = self.check(self.load("--graph", "/nowhere/friends"), code=1)
        self.assertIn("there is no schema /nowhere", outcome.err)

    def test_rows_that_break_a_constraint(self):
        self.check(self.geode(self.database, "-c", "CREATE CONSTRAINT young FOR (p:Person) REQUIRE p.age < 44", "-c",
                              "CREATE CONSTRAINT since_text FOR ()-[k:KNOWS]-() REQUIRE k.since IS TYPED STRING"))
        outcome = self.check(self.geode("import", self.database, "--nodes", "Person=people.csv"), code=1)
        self.assertIn("{age: 45} breaks the check p.age < 44 (constraint young)", outcome.err)
        self.check(self.geode(self.database, "-c", "DROP CONSTRAINT young"))
        outcome = self.check(self.load(), code=1)
        self.assertIn("must have a property since of the type STRING, not 2015 (constraint since_text)", outcome.err)
        self.check(self.geode(self.database, "-c", "MATCH (n) RETURN count(*) AS n"), out="n\n0\n")

    def test_several_labels(self):
        self.check(self.geode("import", self.database, "--nodes", "Person:User=people.csv"))
        self.check(self.geode(self.database, "-c", "MATCH (n:Person&User) RETURN count(*) AS n"), out="n\n3\n")

    def test_a_column_to_join_by_is_not_kept(self):
        self.check(self.geode("import", self.database, "--nodes", "Person:User=people.csv,join=id", "--edges",
                              "KNOWS=knows.csv,from=User.id,to=Person.id"))
        self.check(self.geode(self.database, "-q", "-c", "MATCH (p:User)-[:KNOWS]->(q) RETURN p.name AS p, q ORDER BY p",
                              "-c", "SHOW CONSTRAINTS", "-c", ".keys"),
                   out="p,q\nAda,\"(:Person:User {name: 'Grace', age: 45})\"\n"
                       "Grace,\"(:Person:User {name: 'Edsger, W.', age: 40})\"\n"
                       "name,element,label,properties,type,definition\nproperty key\nage\nname\nsince\n")
        outcome = self.check(self.geode("import", self.database, "--nodes", "P=people.csv,join=id,key=id"), code=2)
        self.assertIn("more than one", outcome.err)

    def test_the_report_as_json(self):
        report = json.loads(self.check(self.load("--json"), err="").out)
        self.assertEqual((report["schema"], report["nodes"], report["edges"], report["rejected"]),
                         ("geode.import/1", 3, 2, 0))

    def test_quiet_says_nothing(self):
        self.check(self.load("--quiet"), out="", err="")

    def test_types_can_be_given(self):
        self.check(self.load("--types", "age=STRING"))
        self.check(self.geode(self.database, "-c", "MATCH (p:Person {id: 1}) RETURN p.age = '36' AS text"),
                   out="text\ntrue\n")

    def test_a_bad_row_stops_the_import_and_leaves_nothing(self):
        self.write("knows.csv", KNOWS + "1,9,2020\n")
        outcome = self.check(self.load(), code=1)
        self.assertIn("knows.csv", outcome.err)
        self.check(self.geode(self.database, "-c", "MATCH (n) RETURN count(*) AS n"), out="n\n0\n")

    def test_bad_rows_can_be_skipped_and_logged(self):
        self.write("knows.csv", KNOWS + "1,9,2020\n")
        log = self.path("bad.log")
        outcome = self.check(self.load("--on-error=log=" + log))
        self.assertIn("1 row rejected", outcome.err)
        with open(log) as f:
            self.assertIn("knows.csv", f.read())

    def test_mistakes_of_usage_give_2_and_make_no_file(self):
        for arguments, message in (
                (("--nodes", "people.csv"), "LABEL[:LABEL]=FILE"),
                (("--nodes", "P=people.csv,kye=id"), "did you mean `key`?"),
                (("--edges", "K=knows.csv,frm=A,to=B"), "did you mean `from`?"),
                (("--edges", "K=knows.csv"), "does not tell which nodes"),
                (("--nodes", "P=people.csv", "--on-error", "panic"), "stop, skip or log=FILE"),
                (("--nodes", "P=people.csv", "--memory", "much"), "512MB"),
                ((), "nothing to import")):
            outcome = self.check(self.geode("import", self.database, *arguments), code=2, out="")
            self.assertIn(message, outcome.err)
            self.assertFalse(os.path.exists(self.database))

    def test_a_missing_file_is_named(self):
        outcome = self.geode("import", self.database, "--nodes", "P=none.csv")
        self.assertNotEqual(outcome.code, 0)
        self.assertIn("none.csv", outcome.err)


if __name__ == "__main__":
    unittest.main()
