"""How results look, and what goes to which stream."""

import json
import unittest

from cli import CliTest

ROW = "RETURN 1 AS a, 'x,\"y' AS b, null AS c, '' AS d, 2.5 AS e, [1, 'z'] AS f"


class Formats(CliTest):
    def test_a_statement_that_fails_before_its_first_row_has_no_output(self):
        for form in ("csv", "tsv"):
            self.check(self.geode("--format", form, "-c", "RETURN 1 / 0 AS x"), code=1, out="")
            self.check(self.geode("--format", form, "-c", "UNWIND [] AS x RETURN x"), out="x\n")
            self.check(self.geode("--format", form, "-c", "UNWIND [1, 2] AS x RETURN x"), out="x\n1\n2\n")

    def test_csv_is_the_form_for_programs(self):
        self.check(self.geode("-c", ROW), out='a,b,c,d,e,f\n1,"x,""y",,"",2.5,"[1, \'z\']"\n')

    def test_null_can_be_given_a_text(self):
        self.check(self.geode("--null", "NULL", "-c", "RETURN null AS a, 1 AS b"), out="a,b\nNULL,1\n")

    def test_names_can_be_left_out(self):
        self.check(self.geode("--no-header", "-c", "RETURN 1 AS a"), out="1\n")

    def test_tsv_escapes_tabs(self):
        self.check(self.geode("--tsv", "-c", r"RETURN 'a\tb' AS a, 1 AS b"), out="a\tb\na\\tb\t1\n")

    def test_box_aligns_numbers_right_and_shows_types(self):
        self.check(self.geode("--format", "box", "-c", "UNWIND [1, 100] AS n RETURN n, 'é漢' AS text"), out=(
            "┌───────┬────────┐\n"
            "│     n │ text   │\n"
            "│ INT64 │ STRING │\n"
            "├───────┼────────┤\n"
            "│     1 │ é漢    │\n"
            "│   100 │ é漢    │\n"
            "└───────┴────────┘\n"), err="")

    def test_table_is_plain_ascii(self):
        self.check(self.geode("--format", "table", "-c", "RETURN 1 AS a, 'b' AS text"), out=(
            "+---+------+\n"
            "| a | text |\n"
            "+---+------+\n"
            "| 1 | b    |\n"
            "+---+------+\n"))

    def test_control_characters_cannot_reach_the_terminal(self):
        outcome = self.check(self.geode("--format", "box", "-c", "RETURN $x AS x", "--param", 'x="a\\u001b[31m\\n"'))
        self.assertNotIn("\x1b", outcome.out)
        self.assertIn("a\\u001b[31m\\n", outcome.out)

    def test_markdown(self):
        self.check(self.geode("--markdown", "-c", "RETURN 1 AS a, 'x|y' AS b"),
                   out="| a | b |\n|---:|---|\n| 1 | x\\|y |\n")

    def test_line(self):
        self.check(self.geode("--line", "-c", "RETURN 1 AS a, 'x' AS long"), out="   a = 1\nlong = x\n")

    def test_json_is_a_list_of_objects(self):
        outcome = self.check(self.geode("--json", "-c", ROW))
        self.assertEqual(json.loads(outcome.out),
                         [{"a": 1, "b": 'x,"y', "c": None, "d": "", "e": 2.5, "f": [1, "z"]}])
        self.check(self.geode("--json", "-c", "MATCH (n) RETURN n"), out="[]\n")

    def test_json_lines(self):
        outcome = self.check(self.geode("--jsonl", "-c", "UNWIND [1, 2] AS n RETURN n"))
        self.assertEqual([json.loads(line) for line in outcome.out.splitlines()], [{"n": 1}, {"n": 2}])

    def test_nodes_and_edges_in_json(self):
        outcome = self.check(self.geode("--json", "-c",
                                        "INSERT (a:A {x: 1})-[e:E {y: 2}]->(b:B); MATCH (a)-[e]->(b) RETURN a, e"))
        row = json.loads(outcome.out)[0]
        self.assertEqual((row["a"]["labels"], row["a"]["properties"]), (["A"], {"x": 1}))
        self.assertEqual((row["e"]["label"], row["e"]["source"], row["e"]["properties"]),
                         ("E", row["a"]["id"], {"y": 2}))

    def test_errors_are_json_where_results_are(self):
        outcome = self.check(self.geode("--json", "-c", "RETURN"), code=1, out="")
        error = json.loads(outcome.err)
        self.assertEqual((error["gqlstatus"], error["severity"], error["retryable"]), ("42001", "error", False))

    def test_talk_goes_to_standard_error_and_can_be_silenced(self):
        statement = "INSERT (:A)-[:R]->(:B)"
        outcome = self.check(self.geode("-c", statement), out="")
        self.assertIn("2 nodes created, 1 edge created", outcome.err)
        self.check(self.geode("-q", "-c", statement), out="", err="")

    def test_timing_is_talk(self):
        outcome = self.check(self.geode("--timing", "-c", "RETURN 1 AS a"), out="a\n1\n")
        self.assertRegex(outcome.err, r"^[0-9.]+ (us|ms|s)\n$")

    def test_colour_only_where_asked_for(self):
        box = ("--format", "box", "-c", "RETURN 1 AS a")
        self.assertNotIn("\x1b", self.check(self.geode(*box)).out)
        self.assertIn("\x1b", self.check(self.geode(*box, "--color", "always")).out)
        self.assertIn("\x1b", self.check(self.geode(*box, FORCE_COLOR="1")).out)
        self.assertNotIn("\x1b", self.check(self.geode(*box, FORCE_COLOR="1", NO_COLOR="1")).out)
        self.assertIn("\x1b", self.check(self.geode(*box, "--color", "always", NO_COLOR="1")).out)

    def test_plans_are_results(self):
        outcome = self.check(self.geode("-c", "EXPLAIN MATCH (n:Person) RETURN n.name AS name"))
        self.assertIn("scan", outcome.out.lower())
        outcome = self.check(self.geode("-c", ".explain MATCH (n:Person) RETURN n.name AS name"))
        self.assertIn("scan", outcome.out.lower())


if __name__ == "__main__":
    unittest.main()
