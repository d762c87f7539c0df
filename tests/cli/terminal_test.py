"""The shell in a terminal: prompts, keys, history, width."""

import base64
import os
import re
import termios
import time
import unittest

from cli import GEODE, CliTest
from terminal import Terminal


class InTerminal(CliTest):
    def start(self, *arguments, **env):
        return Terminal([GEODE, *arguments], **env)

    def test_a_statement_over_two_lines(self):
        shell = self.start()
        shell.read_until("geode> ")
        shell.type("RETURN 1 AS a,\r")
        shell.read_until(r"  \.\.\.> ")
        shell.type("2 AS b;\r")
        shell.read_until("│     1 │     2 │")
        shell.read_until("1 row")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    def test_the_prompt_tells_database_and_transaction(self):
        path = self.path("social.geode")
        shell = self.start(path)
        shell.read_until("social> ")
        shell.type("START TRANSACTION;\r")
        shell.read_until(r"social\*> ")
        shell.type("RETRUN;\r")
        shell.read_until(r"social[*!]> ")
        shell.type("ROLLBACK;\r")
        shell.read_until("social> ")
        shell.type("exit\r")
        self.assertEqual(shell.end(), 0)
        shell = self.start("-r", path)
        shell.read_until(r"social\(ro\)> ")
        shell.type(".quit\r")
        self.assertEqual(shell.end(), 0)

    def test_a_key_typed_at_the_prompt_is_one_for_the_editor(self):
        shell = self.start()
        for _ in range(20):
            shell.read_until("geode> ")
            self.assertFalse(termios.tcgetattr(shell.fd)[3] & (termios.ICANON | termios.ISIG))
            shell.type("PING\r")
            shell.read_until("PONG")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    def test_ctrl_d_during_a_statement_does_not_quote_the_next_key(self):
        shell = self.start()
        shell.read_until("geode> ")
        shell.type("UNWIND range(1, 2000) AS a UNWIND range(1, 10000) AS b RETURN count(*) AS c;\r")
        shell.wait_for_the_editor_to_leave()
        shell.type("\x04")
        shell.read_until("1 row")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    def test_interrupt_at_the_prompt_drops_the_line(self):
        shell = self.start()
        shell.read_until("geode> ")
        shell.type("RETURN nonsense")
        shell.read_until("nonsense")
        shell.type("\x03")
        shell.read_until("geode> ")
        shell.type("PING\r")
        shell.read_until("PONG")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    def test_interrupt_ends_a_running_statement(self):
        shell = self.start()
        shell.read_until("geode> ")
        shell.type("UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS s;\r")
        shell.wait_for_the_editor_to_leave()
        time.sleep(1)  # for the statement to be on its way
        start = time.time()
        shell.type("\x03")
        shell.read_until("57X01")
        self.assertLess(time.time() - start, 3)  # to its end it would take minutes
        shell.read_until("geode> ")
        shell.type("PING\r")
        shell.read_until("PONG")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    def test_history_is_private(self):
        history = self.path("state/geode/history")
        shell = self.start(GEODE_HISTORY=history)
        for line in ("RETURN 1 AS remembered;", " RETURN 2 AS secret;", "RETURN 'PassWord' AS p;",
                     "RETURN 'geode://ann:hunter2@db' AS u;"):
            shell.read_until("geode> ")
            shell.type(line + "\r")
            shell.read_until("1 row")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)
        with open(history) as f:
            self.assertEqual(f.read(), ":memory:\tRETURN 1 AS remembered;\n")
        self.assertEqual(os.stat(history).st_mode & 0o777, 0o600)
        shell = self.start(GEODE_HISTORY=history)
        shell.read_until("geode> ")
        shell.type("\x10\r")  # the line before
        shell.read_until("remembered")
        shell.read_until("1 row")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    def test_tab_completes_names(self):
        shell = self.start()
        shell.read_until("geode> ")
        shell.type(".sam\t\r")
        shell.read_until("nodes created")
        shell.read_until("geode> ")
        shell.type("MATCH (p:Per\t) RETURN count(*) AS n;\r")
        shell.read_until("│     6 │")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    def test_wide_tables_fit_the_screen(self):
        shell = self.start(columns=40, NO_COLOR="1")
        shell.read_until("geode> ")
        shell.type("RETURN '%s' AS text, 1 AS n;\r" % ("x" * 60))
        lines = shell.read_until("└.*┘").split("\n")
        table = [line.strip() for line in lines if line.startswith(("┌", "│", "├"))]
        self.assertTrue(table)
        self.assertTrue(all(len(line) <= 40 for line in table), table)
        self.assertTrue(any("…" in line for line in table), table)
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    def test_a_tall_result_goes_to_the_pager(self):
        shell = self.start(rows=10, GEODE_PAGER="wc -l")
        shell.read_until("geode> ")
        shell.type("UNWIND range(1, 50) AS n RETURN n;\r")
        shell.read_until(r"\n55\r?\n")
        shell.read_until("50 rows")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    # 5,001 nodes and as many edges are more than the shell deletes without a question.
    MANY = "INSERT (h:Hub) WITH h UNWIND range(1, 5001) AS i INSERT (:P)<-[:E]-(h);\r"

    def test_a_mass_delete_is_asked_about(self):
        shell = self.start()
        shell.read_until("geode> ")
        shell.type(self.MANY)
        shell.read_until("nodes created")
        for begin, answer, end, left in (("", "n", "", "5002"), ("START TRANSACTION;", "n", "ROLLBACK;", "5002"),
                                         ("START TRANSACTION;", "y", "ROLLBACK;", "5002"), ("", "y", "", "0")):
            if begin:
                shell.read_until(r"geode> ")
                shell.type(begin + "\r")
            shell.read_until(r"geode\*?> ")
            shell.type("MATCH (n) DETACH DELETE n;\r")
            shell.read_until(r"5,002 nodes deleted, 5,001 edges deleted. Go on\? \[y/N\] ")
            shell.type(answer + "\r")
            shell.read_until("57X01" if answer == "n" else "5,002 nodes deleted")
            if end:
                shell.read_until(r"geode\*> ")
                shell.type(end + "\r")
            shell.read_until(r"geode> ")
            shell.type("MATCH (n) RETURN count(*) AS n;\r")
            shell.read_until("│ +%s │" % left)
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    def test_a_small_delete_and_a_script_are_not_asked_about(self):
        script = self.write("delete.gql", self.MANY.replace("\r", "\n") + "MATCH (n) DETACH DELETE n;\n")
        outcome = self.check(self.geode("-f", script))
        self.assertIn("5,001 edges deleted", outcome.err)
        shell = self.start()
        shell.read_until("geode> ")
        shell.type(".sample social\r")
        shell.read_until("geode> ")
        shell.type("MATCH (n) DETACH DELETE n;\r")
        shell.read_until("9 nodes deleted, 15 edges deleted")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    def test_an_interrupt_answers_no(self):
        shell = self.start()
        shell.read_until("geode> ")
        shell.type(self.MANY)
        shell.read_until("nodes created")
        shell.read_until("geode> ")
        shell.type("MATCH (n) DETACH DELETE n;\r")
        shell.read_until(r"Go on\? \[y/N\] ")
        shell.type("\x03")
        shell.read_until("nothing was changed")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    def test_the_shellrc_runs_before_a_conversation_alone(self):
        os.makedirs(self.path("config/geode"))
        self.write("config/geode/shellrc", ".mode csv\n.null nothing\n.nonsense\n")
        config = self.path("config")
        shell = self.start(XDG_CONFIG_HOME=config)
        shell.read_until("shellrc:3: .*no command .nonsense")
        shell.read_until("geode> ")
        shell.type("RETURN null AS a;\r")
        shell.read_until("a\r\nnothing\r\n")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)
        shell = self.start("--no-rc", XDG_CONFIG_HOME=config)
        shell.read_until("geode> ")
        shell.type("RETURN null AS a;\r")
        self.assertIn("│", shell.read_until("1 row"))
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)
        self.check(self.geode("-c", "RETURN null AS a", XDG_CONFIG_HOME=config), out="a\n\n", err="")

    def test_the_tip_comes_once(self):
        history = self.path("state/geode/history")
        for first in (True, False):
            shell = self.start(GEODE_HISTORY=history)
            self.assertEqual(".tutorial" in shell.read_until("geode> "), first)
            shell.type("\x04")
            self.assertEqual(shell.end(), 0)
        shell = self.start()
        self.assertNotIn(".tutorial", shell.read_until("geode> "))
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)

    def test_the_last_result_goes_to_the_clipboard(self):
        shell = self.start()
        shell.read_until("geode> ")
        shell.type("UNWIND ['ä', 'b', null] AS x RETURN x;\r")
        shell.read_until("3 rows")
        shell.read_until("geode> ")
        shell.type(".mode csv\r")
        shell.read_until("geode> ")
        shell.type(".copy\r")
        found = shell.read_until("\x1b]52;c;[A-Za-z0-9+/=]*\a")
        code = re.search("52;c;(.*)\a", found).group(1)
        self.assertEqual(base64.b64decode(code, validate=True).decode(), "x\nä\nb\n\n")
        shell.read_until("3 rows copied")
        shell.read_until("geode> ")
        shell.type("\x04")
        self.assertEqual(shell.end(), 0)


if __name__ == "__main__":
    unittest.main()
