"""What the process accepts, and the exit codes it ends with."""

import os
import unittest

from cli import CliTest


class CommandLine(CliTest):
    def test_version_is_told_in_two_ways(self):
        flag = self.check(self.geode("--version"))
        self.assertRegex(flag.out, r"^geode \d+\.\d+\.\d+\n$")
        self.check(self.geode("version"), out=flag.out)

    def test_a_statement_that_works_gives_0(self):
        self.check(self.geode("-c", "RETURN 1 AS a"), out="a\n1\n", err="")

    def test_a_statement_without_rows_gives_0(self):
        self.check(self.geode("-c", "MATCH (n) RETURN n"), out="n\n")

    def test_a_statement_that_fails_gives_1_and_shows_the_place(self):
        outcome = self.check(self.geode("-c", "RETURN 1 AS a WEHRE"), code=1, out="")
        self.assertIn("error[42001]", outcome.err)
        self.assertIn("1 | RETURN 1 AS a WEHRE", outcome.err)
        self.assertIn("^", outcome.err)

    def test_an_unknown_option_gives_2_and_a_suggestion(self):
        outcome = self.check(self.geode("shell", "--formt", "csv"), code=2, out="")
        self.assertIn("did you mean `--format`?", outcome.err)
        outcome = self.check(self.geode("--jsn", "-c", "RETURN 1 AS a"), code=2, out="")
        self.assertIn("did you mean `--json`?", outcome.err)
        outcome = self.check(self.geode("import", "x.db", "--node", "A=b.csv"), code=2, out="")
        self.assertIn("did you mean `--nodes`?", outcome.err)

    def test_an_unknown_command_is_no_new_database(self):
        outcome = self.check(self.geode("imprt", "x"), code=2, out="")
        self.assertIn("did you mean `geode import`?", outcome.err)
        self.assertEqual(os.listdir(self.folder), [])

    def test_an_unknown_format_gives_2_and_a_suggestion(self):
        outcome = self.check(self.geode("--format", "jsno", "-c", "RETURN 1 AS a"), code=2, out="")
        self.assertIn("did you mean `json`?", outcome.err)

    def test_a_database_that_cannot_be_opened_gives_3(self):
        self.check(self.geode(self.path("no/such/folder/g.geode"), "-c", "RETURN 1 AS a"), code=3, out="")
        self.check(self.geode("-r", self.path("missing.geode"), "-c", "RETURN 1 AS a"), code=3, out="")

    def test_a_file_that_is_no_database_is_refused_and_left_alone(self):
        path = self.write("notes.txt", "just text\n" * 2000)
        outcome = self.geode(path, "-c", "RETURN 1 AS a")
        self.assertIn(outcome.code, (3, 6), outcome)
        with open(path) as f:
            self.assertEqual(f.read(), "just text\n" * 2000)

    def test_a_timeout_gives_7(self):
        slow = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS s"
        outcome = self.check(self.geode("--timeout", "0.2", "-c", slow), code=7)
        self.assertIn("57X02", outcome.err)

    def test_the_address_of_a_server_is_no_file(self):
        outcome = self.check(self.geode("geode://127.0.0.1:1/g", "-c", "RETURN 1 AS a"), code=3)
        self.assertIn("cannot connect to 127.0.0.1:1", outcome.err)
        outcome = self.check(self.geode("compact", "geode://127.0.0.1:1/g"), code=3)
        self.assertIn("is the address of a server", outcome.err)
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_database_keeps_what_was_written(self):
        path = self.path("g.geode")
        self.check(self.geode(path, "-c", "INSERT (:Person {name: 'Ada'})-[:KNOWS]->(:Person {name: 'Grace'})"),
                   out="")
        self.check(self.geode(path, "-c", "MATCH (p)-[:KNOWS]->(q) RETURN p.name AS p, q.name AS q"),
                   out="p,q\nAda,Grace\n")

    def test_a_read_only_shell_refuses_to_write(self):
        path = self.path("g.geode")
        self.check(self.geode(path, "-c", "INSERT (:A)"))
        outcome = self.check(self.geode("-r", path, "-c", "INSERT (:A)"), code=1)
        self.assertIn("25G03", outcome.err)
        self.check(self.geode("-r", path, "-c", "MATCH (n:A) RETURN count(*) AS n"), out="n\n1\n")

    def test_ping_answers_pong(self):
        self.check(self.geode("shell", ":memory:", "-c", "PING"), out="PONG\n", err="")

    def test_codes_are_explained(self):
        outcome = self.check(self.geode("help", "42001"))
        self.assertIn("syntax error", outcome.out)
        self.check(self.geode("help", "00042"), code=2, out="")
        self.assertIn("--nodes", self.check(self.geode("help", "import")).out)


if __name__ == "__main__":
    unittest.main()
