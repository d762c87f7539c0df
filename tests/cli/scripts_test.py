"""Scripts: from -c, from files, from standard input."""

import os
import signal
import subprocess
import time
import unittest

from cli import GEODE, CliTest, environment


class Scripts(CliTest):
    def test_several_statements_in_one_argument(self):
        self.check(self.geode("-c", "RETURN 1 AS a; RETURN ';' AS b", "-c", "RETURN 3 AS c"), out="a\n1\nb\n;\nc\n3\n")

    def test_standard_input_that_is_no_terminal_is_a_script(self):
        self.check(self.geode(stdin="RETURN 1 AS a;\n\n// a remark; with a semicolon\nRETURN\n\n  2 AS b\n;\n"),
                   out="a\n1\nb\n2\n")

    def test_the_last_statement_needs_no_semicolon(self):
        self.check(self.geode(stdin="RETURN 1 AS a;\nRETURN 2 AS b"), out="a\n1\nb\n2\n")

    def test_arguments_run_in_the_order_given(self):
        path = self.write("two.gql", "RETURN 2 AS b;\n")
        self.check(self.geode("-c", "RETURN 1 AS a", "-f", path, "-c", "RETURN 3 AS c"), out="a\n1\nb\n2\nc\n3\n")

    def test_the_first_error_stops_a_script(self):
        outcome = self.check(self.geode(stdin="RETURN 1 AS a;\n\nRETRUN 2;\nRETURN 3 AS c;\n"), code=1, out="a\n1\n")
        self.assertIn("stdin:3: error[42001]", outcome.err)

    def test_a_script_can_go_on_after_errors(self):
        self.check(self.geode("--keep-going", stdin="RETRUN 1;\nRETURN 2 AS b;\n"), code=1, out="b\n2\n")

    def test_a_missing_script_is_a_mistake_of_usage(self):
        self.check(self.geode("-f", self.path("none.gql")), code=2, out="")

    def test_parameters(self):
        self.check(self.geode("-c", "RETURN $n + 1 AS n, $name AS name, $list[1] AS x", "--param", "n=41", "--param",
                              "name=Ada", "--param", 'list=[1, 2.5, "q"]'), out="n,name,x\n42,Ada,2.5\n")
        self.check(self.geode("-c", "RETURN 1 AS a", "--param", "novalue"), code=2)
        self.check(self.geode(stdin=".param x 7\nRETURN $x AS x;\n"), out="x\n7\n")

    def test_a_transaction_over_several_statements(self):
        path = self.path("g.geode")
        self.check(self.geode(path, "-c", "START TRANSACTION; INSERT (:A); COMMIT"))
        self.check(self.geode(path, "-c", "START TRANSACTION; INSERT (:A); ROLLBACK"))
        outcome = self.check(self.geode(path, "-c", "START TRANSACTION; INSERT (:A)"))
        self.assertIn("rolled back", outcome.err)
        self.check(self.geode(path, "-c", "MATCH (n:A) RETURN count(*) AS n"), out="n\n1\n")

    def test_dot_commands_in_scripts(self):
        self.check(self.geode("-q", stdin=".mode jsonl\nRETURN 1 AS a;\n"), out='{"a":1}\n')
        outcome = self.check(self.geode(stdin=".mdoe json\nRETURN 1 AS a;\n"), code=1, out="")
        self.assertIn("did you mean `.mode`?", outcome.err)

    def test_the_sample_and_the_catalog(self):
        self.check(self.geode("-q", stdin=".sample social\n.labels\n.types\n"),
                   out="label,nodes\nInterest,3\nPerson,6\nedge label,edges\nKNOWS,8\nLIKES,7\n")
        self.check(self.geode("-q", stdin=".sample movies\nMATCH (m:Movie) RETURN count(*) AS n;\n"), out="n\n7\n")

    def test_the_last_result_comes_again(self):
        self.check(self.geode("-q", stdin="UNWIND [1, 2] AS a RETURN a;\n.last\n.last jsonl\n"),
                   out='a\n1\n2\na\n1\n2\n{"a":1}\n{"a":2}\n')
        self.check(self.geode("-q", stdin=".last\n"), code=1, out="")
        outcome = self.check(self.geode("-q", stdin="UNWIND range(1, 10001) AS a RETURN a;\n.last\n"), code=7)
        self.assertIn("10,000 rows", outcome.err)

    def test_copy_needs_a_terminal(self):
        outcome = self.check(self.geode(stdin="RETURN 1 AS a;\n.copy\n"), code=1, out="a\n1\n")
        self.assertIn("terminal", outcome.err)

    def test_the_properties_of_a_label(self):
        self.check(self.geode("-q", stdin="INSERT (:A {x: 1, y: 'a'})-[:E {x: 2.5}]->(:A {x: 1.5});\n.schema A\n.schema E\n"),
                   out="element,property,types,have it,looked at\nnode,x,FLOAT64 | INT64,2,2\nnode,y,STRING,1,2\n"
                       "element,property,types,have it,looked at\nedge,x,FLOAT64,1,1\n")
        outcome = self.check(self.geode("-q", stdin="INSERT (:Person);\n.schema Persn\n"), code=1)
        self.assertIn("did you mean `Person`?", outcome.err)

    def test_a_warning_shows_its_place(self):
        outcome = self.check(self.geode("-c", "INSERT (:A), (:B)", "-c", "MATCH (a:A), (b:B) RETURN count(*) AS n"))
        self.assertIn("warning[01X02]: ", outcome.err)
        self.assertIn(" 1 | MATCH (a:A), (b:B) RETURN count(*) AS n\n   | ^^^^^^^^^^^^^^^^^^", outcome.err)

    def test_graphs(self):
        self.check(self.geode("-q", stdin=".graphs\n"), out="name,schema,nodes,edges,current\ndefault,/,0,0,true\n")

    def test_what_the_tutorial_says_to_type_works(self):
        steps = 6
        shown = self.check(self.geode(stdin=".tutorial\n" * steps)).out
        lines = [line.strip() for line in shown.splitlines() if line.startswith("    ")]
        self.assertEqual(len(lines), steps)
        outcome = self.check(self.geode(stdin="\n".join(lines) + "\n"))
        self.assertNotIn("warning", outcome.err)
        self.assertIn("Step 3 of 6", self.check(self.geode(stdin=".tutorial 3\n")).out)
        self.check(self.geode(stdin=".tutorial 7\n"), code=1)

    def test_the_doctor(self):
        path = self.path("g.geode")
        self.check(self.geode(path, stdin=".sample social\n"))
        for database in (path, ":memory:"):
            rows = self.check(self.geode(database, "-q", "-c", ".sample social", "-c", ".doctor")).out
            self.assertIn("counts, edges and checksums agree", rows)
            self.assertNotIn("damaged", rows)
            self.assertNotIn("look here", rows)
        self.assertIn("18 nodes and 30 edges", self.check(self.geode("-r", path, "-c", ".doctor")).out)
        self.check(self.geode(path, "-c", "CREATE GRAPH other"))
        self.check(self.geode(path, "-c", "USE other INSERT (:A)-[:B]->()"))
        found = self.check(self.geode(path, "-c", ".doctor")).out
        self.assertIn("version 7,", found)
        self.assertIn("graph other,\"\",2 nodes and 1 edge", found)
        self.assertIn("content other,good", found)

    def test_results_can_go_to_a_file(self):
        path = self.path("out.csv")
        self.check(self.geode(stdin=".once %s\nRETURN 1 AS a;\nRETURN 2 AS b;\n" % path), out="b\n2\n")
        with open(path) as f:
            self.assertEqual(f.read(), "a\n1\n")

    def test_a_dot_command_that_runs_a_statement_ends_as_the_statement(self):
        self.check(self.geode(stdin=".commit\n"), code=1)

    def test_a_reader_that_leaves_is_no_error(self):
        command = "'%s' -c 'UNWIND range(1, 200000) AS n RETURN n' | head -1" % GEODE
        done = subprocess.run(["bash", "-c", command + '; echo ${PIPESTATUS[0]}'], capture_output=True,
                              env=environment(), timeout=60)
        self.assertEqual(done.stdout.decode(), "n\n0\n")
        self.assertEqual(done.stderr.decode(), "")

    def test_an_interrupt_ends_a_script_with_130(self):
        slow = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS s"
        process = subprocess.Popen([GEODE, "-c", slow], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment())
        time.sleep(1)
        start = time.time()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130)
        self.assertLess(time.time() - start, 2)

    def test_nothing_is_left_in_the_working_folder(self):
        self.check(self.geode("-c", "INSERT (:A)"))
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    unittest.main()
