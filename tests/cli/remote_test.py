"""The shell and `-c` with a server: what they do with a file, they do over the network."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import unittest

from cli import GEODE, CliTest, environment
from terminal import Terminal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))
from wire import Server


class Remote(CliTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("server"))
        self.server = Server(self.path("server"), "--unix-socket", self.path("geode.sock"))
        self.addCleanup(self.server.kill)
        self.url = "geode+unix://" + self.path("geode.sock")
        self.tls = "geode://127.0.0.1:%d?ca=%s" % (
            self.server.port, self.path("server/data/tls/development-certificate.pem"))

    def shell(self, *arguments, url=None, **more):
        return self.geode("shell", url or self.url, *arguments, GEODE_CONFIG=self.write("none.yaml", "{}"), **more)

    def begin(self, text):
        """A shell that has read `text` and waits for more."""
        process = subprocess.Popen([GEODE, "shell", self.url, "--keep-going"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=environment(GEODE_CONFIG=self.write("none.yaml", "{}")),
                                   cwd=self.folder)
        self.addCleanup(process.kill)
        process.stdin.write(text)
        process.stdin.flush()
        return process

    def test_statements_rows_and_summaries(self):
        made = self.check(self.shell("-c", "INSERT (:Person {name: 'Ada', born: DATE '1815-12-10'})-[:KNOWS {since: 1.5}]->(:Person)"),
                          out="")
        self.assertIn("2 nodes created, 1 edge created", made.err)
        query = "MATCH (a:Person)-[e]->(b) RETURN a, e, [1, null, 'x'] AS list, a.born AS born"
        remote = self.check(self.shell("-c", query))
        self.check(self.shell("-c", query, url=self.tls), out=remote.out)
        self.check(self.geode("shell", self.path("server/data"), "-c", query), out=remote.out)
        self.check(self.shell("--json", "-c", "RETURN 1 AS n"), out=self.geode("--json", "-c", "RETURN 1 AS n").out)
        warned = self.check(self.shell("-c", "MATCH (x:Nobody) RETURN count(*) AS n"), out="n\n0\n")
        self.assertIn("01X01", warned.err)

    def test_errors_have_their_place_and_exit_status(self):
        failed = self.check(self.shell("-c", "RETURN 1 / 0"), code=1, out="")
        self.assertEqual(failed.err, self.geode(":memory:", "-c", "RETURN 1 / 0").err)
        self.check(self.shell("--timeout", "0.2", "-c", "FOR i IN range(1, 100000000000) RETURN max(i)"), code=7)

    def test_plans_are_shown_once(self):
        explained = self.check(self.shell("-c", "EXPLAIN RETURN 1"))
        self.assertEqual(explained.out.count("project"), 1)
        profiled = self.check(self.shell("-c", "PROFILE RETURN 1"))
        self.assertEqual(profiled.out.count("project"), 1)

    def test_a_script_keeps_its_session(self):
        script = ("START TRANSACTION;\nINSERT (:T {n: 1});\nROLLBACK;\nSTART TRANSACTION;\nINSERT (:T {n: 2});\nCOMMIT;\n"
                  ".param x 2\nMATCH (t:T {n: $x}) RETURN t.n AS n;\n")
        self.check(self.shell(stdin=script), out="n\n2\n")
        left = self.check(self.shell("-c", "START TRANSACTION; INSERT (:T {n: 3})"))
        self.assertIn("rolled back", left.err)
        self.check(self.shell("-c", "MATCH (t:T) RETURN count(*) AS n"), out="n\n1\n")

    def test_dot_commands_that_ask_statements_work_and_those_of_files_say_so(self):
        self.check(self.shell("-c", "INSERT (:Person {name: 'Ada'})-[:KNOWS]->(:City)"))
        self.check(self.shell("-c", ".labels"), out="label,nodes\nCity,1\nPerson,1\n")
        self.assertIn("property key,name,", self.check(self.shell("-c", ".schema")).out)
        dump = self.check(self.shell("-c", ".dump")).out
        self.check(self.geode("shell", self.path("copy.geode"), stdin=dump))
        self.check(self.geode("shell", self.path("copy.geode"), "-c", "MATCH (p:Person)-[:KNOWS]->(:City) RETURN p.name AS n"),
                   out="n\nAda\n")
        status = self.check(self.shell("--format", "line", "-c", ".status")).out
        self.assertIn(self.url, status)
        for command in (".doctor", ".save x.geode"):
            refused = self.check(self.shell("-c", command), code=3, out="")
            self.assertIn("is a server", refused.err)

    def test_the_server_is_found_as_ping_finds_it(self):
        nowhere = {"GEODE_CONFIG": self.write("none.yaml", "{}"), "XDG_RUNTIME_DIR": self.path("nothing")}
        self.check(self.shell("-c", "INSERT (:Here)"))
        query = ("-c", "MATCH (h:Here) RETURN count(*) AS n")
        self.check(self.geode(*query, **nowhere, GEODE_URL=self.url), out="n\n1\n")
        self.check(self.geode(*query, **{**nowhere, "XDG_RUNTIME_DIR": self.folder}), out="n\n1\n")
        self.check(self.geode(*query, **nowhere), out="n\n0\n")
        self.check(self.geode(":memory:", *query, **nowhere, GEODE_URL=self.url), out="n\n0\n")
        self.check(self.geode("shell", "geode://127.0.0.1:1", *query), code=3, out="")

    def test_whom_to_trust_stands_in_the_url_or_the_environment(self):
        url, ca = self.tls.split("?ca=")
        self.check(self.geode("ping", url), code=3, out="")
        self.check(self.geode("ping", url, GEODE_TLS_CA=ca), out="PONG\n")
        self.check(self.geode("ping", GEODE_URL=url, GEODE_TLS_CA=ca), out="PONG\n")
        self.check(self.shell("-c", "RETURN 1 AS n", url=url, GEODE_TLS_CA=ca), out="n\n1\n")
        self.check(self.geode("ping", self.tls, GEODE_TLS_CA=self.path("nothing.pem")), out="PONG\n")

    def test_a_timeout_of_the_url_counts_unless_a_flag_is_given(self):
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(self.path("silent.sock"))
        listener.listen()
        silent = "geode+unix://" + self.path("silent.sock")
        for command in (("ping", silent + "?timeout=300ms"), ("ping", "--timeout", "0.3", silent + "?timeout=1h"),
                        ("shell", silent + "?request_timeout=300ms", "-c", "RETURN 1")):
            begin = time.monotonic()
            self.assertIn("57X02", self.geode(*command).err)
            # The standard ones are 5 s and none.
            self.assertLess(time.monotonic() - begin, 4.5)

    def test_several_servers_are_tried(self):
        host, ca = self.tls[len("geode://"):].split("?")
        url = "geode://127.0.0.1:1,%s?%s" % (host, ca)
        self.check(self.geode("ping", url), out="PONG\n")
        status = self.check(self.shell("--format", "line", "-c", ".status", url=url)).out
        self.assertIn("geode://" + host, status)
        refused = self.check(self.geode("ping", "geode://127.0.0.1:1,127.0.0.1:2"), code=3, out="")
        self.assertIn("none of the servers", refused.err)

    def test_query_runs_what_it_is_given(self):
        nowhere = {"GEODE_CONFIG": self.write("none.yaml", "{}"), "XDG_RUNTIME_DIR": self.path("nothing")}
        self.check(self.geode("query", self.url, "RETURN $n + 1 AS n; RETURN 3 AS m", "--param", "n=1"), out="n\n2\nm\n3\n")
        self.check(self.geode("query", self.url, "--format", "json", stdin="RETURN 1 AS n"), out='[{"n":1}]\n')
        self.check(self.geode("query", "RETURN 'http://x' AS n", **nowhere), out="n\nhttp://x\n")
        self.check(self.geode("query", "INSERT (:Here)", GEODE_URL=self.url))
        self.check(self.geode("query", "MATCH (h:Here) RETURN count(*) AS n", GEODE_URL=self.url), out="n\n1\n")
        self.check(self.geode("query", ":memory:", "MATCH (h:Here) RETURN count(*) AS n"), out="n\n0\n")
        self.check(self.geode("query", self.path("server/data"), stdin="MATCH (h:Here) RETURN count(*) AS n"), out="n\n1\n")
        self.check(self.geode("query", self.url, "RETURN 1 / 0"), code=1, out="")
        self.check(self.geode("query", "geode://127.0.0.1:1", "RETURN 1"), code=3, out="")

    def test_a_url_that_is_none_is_a_mistake_of_usage(self):
        for command in (("query", "geode://h:0", "RETURN 1"), ("ping", "geode://h?colour=red"), ("top", "http://x"),
                        ("status", "geode://ann:hunter/2@h")):
            self.assertNotIn("hunter", self.check(self.geode(*command), code=2, out="").err)

    def test_read_only_is_kept_by_the_server(self):
        for arguments in (("-r", self.url), (self.url + "?read_only=true",)):
            refused = self.check(self.geode("shell", *arguments, "-c", "INSERT (:T)"), code=1, out="")
            self.assertIn("25G03", refused.err)
            self.check(self.geode("shell", *arguments, "-c", "RETURN 1 AS n"), out="n\n1\n")
            self.assertIn("read only", self.check(self.geode("shell", *arguments, "-c", ".status")).out)
        self.check(self.shell("-c", "MATCH (t:T) RETURN count(*) AS n"), out="n\n0\n")

    def test_status_tells_how_the_server_does(self):
        lines = dict(line.split(None, 1) for line in self.check(self.geode("status", self.url)).out.splitlines())
        self.assertEqual((lines["address"], lines["role"], lines["ready"]), (self.url, "single", "yes"))
        self.assertEqual(lines["connections"], "1 of 1000")
        self.assertEqual(lines["statements"], "0 running, 0 ended, 0 of them failed")
        status = json.loads(self.check(self.geode("status", self.tls, "--json")).out)
        self.assertEqual(status["schema"], "geode.status/1")
        self.assertEqual(status["address"], self.tls.split("?")[0])
        self.assertEqual((status["ready"], status["connections"], status["running_statements"]), (True, 1, 0))
        self.assertGreater(status["storage_bytes"], 0)
        self.check(self.geode("status", "geode://127.0.0.1:1"), code=3, out="")

    def test_top_shows_what_runs(self):
        endless = self.begin(b"FOR i IN range(1, 100000000000)\n  RETURN max(i);\n")
        end = time.monotonic() + 20
        running = []
        while not running and time.monotonic() < end:
            running = json.loads(self.check(self.geode("top", self.url, "--json")).out)["running"]
        self.assertEqual([statement["query"] for statement in running], ["FOR i IN range(?, ?) RETURN max(i)"])
        once = self.check(self.geode("top", self.url, "--once")).out
        self.assertIn("FOR i IN range(?, ?) RETURN max(i)", once)
        self.assertIn("1 statement running", once)
        self.assertNotIn("\x1b", once)
        terminal = Terminal([GEODE, "top", self.url, "--interval", "0.1"], columns=60, rows=12)
        for _ in range(3):
            terminal.read_until(r"FOR i IN range(?s:.*)q leaves")
        terminal.type("q")
        self.assertEqual(terminal.end(), 0)
        terminal = Terminal([GEODE, "top", self.url], columns=60, rows=12)
        terminal.read_until(r"q leaves")
        os.kill(terminal.pid, signal.SIGTERM)
        terminal.wait_for_the_editor_to_leave()
        self.assertEqual(terminal.end(), 0)
        self.check(self.geode("top", "geode://127.0.0.1:1", "--once"), code=3, out="")
        endless.kill()
        endless.communicate()

    def test_connect_goes_on_with_a_server(self):
        self.check(self.shell("-c", "INSERT (:Here)"))
        script = "\\connect %s\nMATCH (h:Here) RETURN count(*) AS n;\n" % self.url
        self.check(self.geode("shell", ":memory:", stdin=script), out="n\n1\n")
        self.check(self.geode("shell", ":memory:", stdin="\\connect geode://127.0.0.1:1\n"), code=3, out="")

    def test_ctrl_c_ends_the_statement_and_not_the_connection(self):
        process = self.begin(b"FOR i IN range(1, 100000000000) RETURN max(i);\n")
        watcher = self.geode("shell", self.url, "-c", "RETURN 1")
        end = time.monotonic() + 20
        while "FOR i IN" not in watcher.out and time.monotonic() < end:
            watcher = self.geode("shell", self.url, "-c", "CALL system.list_queries() YIELD query RETURN query")
        self.assertIn("FOR i IN", watcher.out)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(input=b"RETURN 7 AS n;\n", timeout=30)
        self.assertIn(b"57X01", err)
        self.check(self.geode("shell", self.url, "-c", "CALL system.list_queries() YIELD query RETURN count(*) AS n"), out="n\n1\n")

    def test_a_lost_connection_is_told_and_made_again(self):
        process = self.begin(b"RETURN 1 AS n;\n")
        self.assertEqual(process.stdout.readline() + process.stdout.readline(), b"n\n1\n")
        self.server.kill()
        self.server = Server(self.path("server"), "--unix-socket", self.path("geode.sock"))
        self.addCleanup(self.server.kill)
        out, err = process.communicate(input=b"RETURN 2 AS n;\nRETURN 3 AS n;\n", timeout=30)
        self.assertIn(b"08000", err)
        self.assertEqual(out, b"n\n3\n")


if __name__ == "__main__":
    unittest.main()
