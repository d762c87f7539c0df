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
