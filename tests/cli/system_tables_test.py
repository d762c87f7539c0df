"""What a server tells of itself in statements: system.*, metrics.* and db.stats.*."""

import json
import os
import signal
import sys
import time
import unittest

from cli import CliTest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))
from wire import Client, Server


class SystemTables(CliTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("server"))
        self.start()

    def start(self):
        self.server = Server(self.path("server"), "--unix-socket", self.path("geode.sock"))
        self.addCleanup(self.server.kill)

    def shell(self, *statements, **more):
        arguments = [part for each in statements for part in ("-c", each)]
        return self.geode("shell", "geode+unix://" + self.path("geode.sock"), "--jsonl", *arguments,
                          GEODE_CONFIG=self.write("none.yaml", "{}"), **more)

    def rows(self, *statements):
        return [json.loads(line) for line in self.check(self.shell(*statements)).out.splitlines()]

    def test_connections_tell_of_clients(self):
        query = "SELECT transport, address, idle_since, in_transaction, query FROM system.connections"
        [own] = self.rows(query)
        self.assertEqual(own, {"transport": "unix", "address": "user %d" % os.getuid(), "idle_since": None,
                               "in_transaction": False, "query": query})
        [session] = self.rows("START TRANSACTION", "SELECT client, in_transaction, connected_since <= NOW() AS past "
                              "FROM system.connections WHERE session IS NOT NULL")
        self.assertTrue(session["in_transaction"] and session["past"])
        self.assertTrue(session["client"])

    def test_a_connection_at_rest_is_idle(self):
        client = Client(self.server)
        self.addCleanup(client.close)
        end = time.monotonic() + 10
        found = []
        while not found and time.monotonic() < end:
            found = self.rows("SELECT idle_since <= NOW() AS idle, query FROM system.connections WHERE transport = 'tls'")
        self.assertEqual(found, [{"idle": True, "query": None}])

    def test_settings_change_until_they_are_read_again(self):
        key = "SELECT value, origin, changeable FROM system.config WHERE key = 'logging.slow_query'"
        self.assertEqual(self.rows(key), [{"value": "1s", "origin": "default", "changeable": True}])
        self.assertEqual(self.rows("CALL system.set_config('logging.slow_query', '250ms')"),
                         [{"key": "logging.slow_query", "value": "250ms", "previous": "1s"}])
        self.assertEqual(self.rows(key), [{"value": "250ms", "origin": "statement", "changeable": True}])
        self.rows("CALL db.config.set('logging.slow_query', DURATION 'PT0.5S')")
        self.assertEqual(self.rows(key)[0]["value"], "500ms")
        self.rows("CALL system.set_config('server.max_connections', 1)")
        client = Client(self.server)
        self.addCleanup(client.close)
        self.assertNotEqual(self.shell("RETURN 1").code, 0)

    def test_settings_that_cannot_change_say_why(self):
        for arguments, text in (("'logging.slow_qery', '1s'", "did you mean `logging.slow_query`?"),
                                ("'storage.data_dir', '/x'", "cannot change while the server runs"),
                                ("'logging.slow_query', 'soon'", "logging.slow_query"),
                                ("'logging.level', 'loud'", "debug"),
                                ("'logging.output', '/dev/null/x.log'", "/dev/null/x.log"),
                                ("null, 1", "needs a key and a value")):
            failed = self.shell("CALL system.set_config(%s)" % arguments)
            self.assertNotEqual(failed.code, 0, arguments)
            self.assertIn(text, failed.err)
        self.assertEqual(self.rows("SELECT count(*) AS n FROM system.config WHERE origin = 'statement'"), [{"n": 0}])

    def test_slow_statements_are_listed_without_their_literals(self):
        self.rows("CALL system.set_config('logging.slow_query', '1ns')", "RETURN 'secret' AS x")
        [slow] = self.rows("SELECT gqlstatus, rows, query FROM system.slow_queries WHERE query STARTS WITH 'RETURN'")
        self.assertEqual((slow["gqlstatus"], slow["rows"]), ("00000", 1))
        self.assertNotIn("secret", slow["query"])
        self.assertEqual(self.rows("CALL db.stats.slow_queries(3600000) YIELD query RETURN count(*) AS n"), [{"n": 0}])
        for i in range(3):
            self.rows(*["RETURN %d AS y" % j for j in range(100)])
        self.assertEqual(self.rows("SELECT count(*) AS n FROM system.slow_queries"), [{"n": 256}])

    def test_totals_count_what_ended(self):
        before = self.rows("CALL db.stats.queries()")[0]
        self.shell("RETURN 1 / 0")
        after = self.rows("CALL db.stats.queries()")[0]
        self.assertEqual(after["total"] - before["total"], 2)
        self.assertEqual(after["failed"] - before["failed"], 1)
        self.assertEqual(after["in_progress"], 1)
        self.assertGreaterEqual(after["max_ms"], after["p50_ms"])

    def test_history_outlives_the_server(self):
        self.rows("INSERT (:Person)-[:KNOWS]->(:Person)")
        size = ("SELECT timestamp, data_size_gb FROM metrics.data_size "
                "WHERE timestamp > NOW() - INTERVAL '90' DAY ORDER BY timestamp")
        self.assertEqual(self.rows(size), [])
        self.server.stop(signal.SIGTERM)
        self.start()
        self.assertGreater(self.rows(size)[-1]["data_size_gb"], 0)
        self.assertEqual(self.rows("SELECT nodes, edges, bytes > 0 AS b FROM metrics.data_size ORDER BY timestamp DESC LIMIT 1"),
                         [{"nodes": 2, "edges": 1, "b": True}])
        [peak] = self.rows("SELECT AVG(queries_per_second) as avg_qps, MAX(queries_per_second) as peak_qps, SUM(statements) AS n "
                           "FROM metrics.query_stats WHERE timestamp > NOW() - INTERVAL '30' DAY")
        self.assertEqual(peak["n"], 2)
        self.assertGreaterEqual(peak["peak_qps"], peak["avg_qps"])
        self.assertGreater(peak["avg_qps"], 0)


if __name__ == "__main__":
    unittest.main()
