"""geode_client against a server: values there and back, transactions, errors, options. Needs $GEODE."""

import asyncio
import datetime
import decimal
import os
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "tests", "server"))

from geode_client import (AuthError, Client, Duration, Edge, GeodeError, Node, Path, QueryError, TransactionError, WideDateTime,
                          open_database)
from geode_client import values
from geode_client.options import make
from wire import Server

ZONE = datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))


class OfServer(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="geode-python-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = Server(cls.folder, "--unix-socket", os.path.join(cls.folder, "geode.sock"))
        cls.addClassCleanup(cls.server.kill)

    async def asyncSetUp(self):
        self.client = Client(host="localhost", port=self.server.port,
                             ca_cert=os.path.join(self.folder, "data", "tls", "development-certificate.pem"))
        self.addAsyncCleanup(self.client.close)

    async def test_values_come_back_as_they_went(self):
        for value in (None, True, False, 0, -1, 2**63 - 1, -2**63, 2**63, -2**200, 0.0, -1.5, float("inf"), "", "é\0x", b"", b"\xff\x00",
                      decimal.Decimal("1.250"), decimal.Decimal("-0.001"), datetime.date(1, 1, 1), datetime.date(9999, 12, 31),
                      datetime.date(1970, 1, 1), datetime.time(0, 0), datetime.time(23, 59, 59, 999999), datetime.time(1, 2, 3, 4, ZONE),
                      datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), datetime.datetime(2024, 2, 29, 12, 0, 0, 1, ZONE),
                      datetime.datetime(1, 1, 1), Duration(14, 3, -5, 999_999_999), [], [1, ["a", None]], {}, {"a": {"b": [1.5]}}):
            with self.subTest(value=value):
                back = (await self.client.execute("RETURN $v AS v", v=value)).value()
                self.assertEqual(back, value)
                self.assertIs(type(back), type(value))
        self.assertEqual((await self.client.execute("RETURN $v AS v", v=datetime.timedelta(days=-1, microseconds=1))).value().to_timedelta(),
                         datetime.timedelta(days=-1, microseconds=1))

    async def test_what_python_has_no_type_for(self):
        row = (await self.client.execute("RETURN LOCAL DATETIME '2024-01-01T00:00:00.123456789' AS a, DATE '-0001-01-01' AS b, "
                                         "LOCAL TIME '00:00:00.000000001' AS c"))[0]
        self.assertEqual(row["a"], WideDateTime("datetime", 1704067200, 123456789))
        self.assertEqual((row["b"].kind, row["b"].nanoseconds), ("date", 0))
        self.assertEqual(row["c"], WideDateTime("time", 0, 1))
        with self.assertRaises(TypeError):
            await self.client.execute("RETURN $v", v=object())

    async def test_nodes_edges_paths(self):
        result, summary = await self.client.query("INSERT p = (a:X:Y {k: 1})-[e:R {w: 2.5}]->(b:X) RETURN a, e, p")
        row = result.single()
        self.assertEqual((row["a"].labels, row["a"]["k"], row["e"].label, row["e"]["w"]), (("X", "Y"), 1, "R", 2.5))
        self.assertEqual((row["e"].source, len(row["p"]), row["p"].edges), (row["a"].id, 1, (row["e"],)))
        self.assertEqual((type(row["a"]), type(row["e"]), type(row["p"])), (Node, Edge, Path))
        self.assertEqual((summary.counters["nodes_created"], summary.counters["edges_created"], summary.rows), (2, 1, 1))

    async def test_many_rows_in_pages(self):
        client = Client("geode+unix://%s?page_size=7" % os.path.join(self.folder, "geode.sock"))
        self.addAsyncCleanup(client.close)
        result = await client.execute("FOR i IN range(1, 10000) RETURN i")
        self.assertEqual([row["i"] for row in result], list(range(1, 10001)))

    async def test_transactions(self):
        async with self.client.connection() as connection:
            async with connection.transaction():
                await connection.execute("INSERT (:T {n: 1})")
                await connection.savepoint("here")
                await connection.execute("INSERT (:T {n: 2})")
                await connection.rollback_to("here")
            with self.assertRaises(ZeroDivisionError):
                async with connection.transaction():
                    await connection.execute("INSERT (:T {n: 3})")
                    raise ZeroDivisionError
            await connection.begin()
            await connection.execute("INSERT (:T {n: 4})")  # given back in a transaction: rolled back
        self.assertEqual((await self.client.execute("MATCH (t:T) RETURN collect_list(t.n) AS n")).value(), [1])
        async with self.client.connection() as connection:
            with self.assertRaises(TransactionError):
                await connection.commit()

    async def test_prepared(self):
        async with self.client.connection() as connection:
            statement = await connection.prepare("RETURN $a + $b AS sum")
            self.assertEqual((await statement.execute(a=1, b=2)).value(), 3)
            self.assertEqual((await statement.execute({"a": "x", "b": "y"})).value(), "xy")
            await statement.close()
            with self.assertRaises(GeodeError):
                await statement.execute(a=1, b=2)

    async def test_errors_have_their_place(self):
        with self.assertRaises(QueryError) as raised:
            await self.client.execute("RETURN\n 1 / 0 AS x")
        self.assertEqual((raised.exception.gqlstatus, raised.exception.line), ("22012", 2))
        self.assertEqual((await self.client.execute("RETURN 1 AS x")).value(), 1)

    async def test_a_cancelled_request_harms_nobody(self):
        waiting = asyncio.create_task(self.client.execute("FOR i IN range(1, 100000000000) RETURN max(i)"))
        await asyncio.sleep(0.3)
        waiting.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await waiting
        self.assertEqual((await self.client.execute("RETURN 2 AS x")).value(), 2)
        for _ in range(100):
            if not [row for row in await self.client.execute("CALL system.list_queries()") if "max(i)" in row["query"]]:
                return
            await asyncio.sleep(0.05)
        self.fail("the statement of who is gone goes on")

    async def test_plans(self):
        _, summary = await self.client.query("EXPLAIN MATCH (n:X) RETURN n")
        self.assertIn("node scan", summary.plan)

    async def test_who_is_not_let_in(self):
        other = tempfile.mkdtemp(prefix="geode-python-")
        self.addCleanup(shutil.rmtree, other, ignore_errors=True)
        server = Server(other, "--unix-socket", os.path.join(other, "geode.sock"))
        self.addCleanup(server.kill)
        url = "geode+unix://" + os.path.join(other, "geode.sock")
        async with open_database(url) as first:
            await first.execute("CREATE USER ann WITH PASSWORD 'a long one' ROLE administrator")
        for user in ({}, {"username": "ann", "password": "wrong"}):
            with self.assertRaises(AuthError):
                await Client(url, **user).connect()
        async with Client(url, username="ann", password="a long one") as client:
            self.assertEqual((await client.execute("RETURN current_user() AS u")).value(), "ann")


class Alone(unittest.TestCase):
    def test_places(self):
        for text, host, port in (("a", "a", 3141), ("a:1", "a", 1), ("[::1]:5", "::1", 5), ("[::1]", "::1", 3141),
                                 ("geode://u:p%40w@h:9/g?ca=f&timeout=2s", "h", 9)):
            made = make(text, {})
            self.assertEqual((made.host, made.port), (host, port), text)
        self.assertEqual((made.username, made.password, made.graph, made.tls_ca, made.request_timeout), ("u", "p@w", "g", "f", 2.0))
        self.assertNotIn("p@w", repr(made))
        for text in ("a:b", "a:99999", "http://a", "geode://a?nonsense=1", "geode+quic://a", "geode://u:s3cret/2@h", "geode://h/s3cret@x"):
            with self.assertRaises(GeodeError) as raised:
                make(text, {})
            self.assertEqual(raised.exception.gqlstatus, "22023")
            self.assertNotIn("s3cret", str(raised.exception))
        with self.assertRaises(TypeError):
            make("a", {"nonsense": 1})
        self.assertFalse(make("a", {"skip_verify": True}).tls_verify)

    def test_bytes_that_are_no_message(self):
        for data in (b"\x08", b"\x0a\x05ab", b"\x0b", b"\x08" + b"\xff" * 12):
            with self.assertRaises(ValueError):
                values.decode(data)


if __name__ == "__main__":
    unittest.main()
