"""The client in Python, as the guides call it (rows 260 to 268)."""

import asyncio
import os
import sys
import time

from configuration_test import make_certificates
from feature import CERTIFICATE, Feature
from machine import ROOT

sys.path.insert(0, os.path.join(ROOT, "bindings", "python"))
from geode_client import Client, ConnectionError, GeodeError, MetricsClient


class Clients(Feature):
    def client(self, place="localhost:3141", **options):
        options.setdefault("tls_ca", self.path(CERTIFICATE))
        client = Client(place, **options)
        self.addCleanup(asyncio.run, client.close())
        return client

    def test_260_tls(self):
        make_certificates(self)
        self.serve("--cert", "server.crt", "--key", "server.key", "--client-ca", "ca.crt")
        with open("/etc/hosts", "a", encoding="utf-8") as file:
            file.write("127.0.0.1 geode.example.com\n")
        self.says("CREATE USER app_user WITH PASSWORD 'app_password' ROLE administrator")
        client = self.client("geode.example.com:3141", tls_verify=True, tls_cert=self.path("client.crt"), tls_key=self.path("client.key"),
                             tls_ca=self.path("ca.crt"))
        self.assertEqual(asyncio.run(client.execute("RETURN current_user() AS u")).value(), "app_user")
        untrusted = self.client("geode.example.com:3141", tls_ca=self.path("client.crt"), retries=0)
        with self.assertRaises(ConnectionError) as raised:
            asyncio.run(untrusted.ping())
        self.assertIn("tls_ca", str(raised.exception))

    def test_261_query(self):
        self.serve()
        client = self.client()

        async def ask():
            result, _ = await client.query("RETURN 261 AS n")
            return result
        self.assertEqual(asyncio.run(ask())[0]["n"], 261)

    def test_262_execute(self):
        self.serve()
        client = self.client()
        for number in range(20):
            asyncio.run(client.execute("CREATE (p:Person {id: $id, name: $name})", id=number, name="User_%d" % number))
        rows = asyncio.run(client.execute("MATCH (p:Person {id: $id}) RETURN p", id=7))
        self.assertEqual((rows[0]["p"].labels, rows[0]["p"].properties), (("Person",), {"id": 7, "name": "User_7"}))
        self.assertEqual(self.metric("geode_connection_pool_active"), 1)  # the same connection each time

    def test_263_connection(self):
        self.serve()

        async def health_check(host):
            client = Client(host, timeout=5, tls_ca=self.path(CERTIFICATE), retries=0)
            async with client.connection() as client:
                await client.ping()
                return True
        self.assertTrue(asyncio.run(health_check("localhost:3141")))
        with self.assertRaises(GeodeError):
            asyncio.run(health_check("localhost:3199"))

    def test_264_promote(self):
        self.serve()

        async def promote():
            async with self.client("localhost").connection() as client:
                return await client.execute("CALL system.promote_to_primary()")
        self.assertEqual(asyncio.run(promote()).value(), "single")

    def test_265_pings(self):
        server = self.serve("--idle-timeout", "1000")
        client = self.client(ping_interval=0.2)
        asyncio.run(client.ping())
        time.sleep(2)  # longer than the server lets a silent connection live
        self.assertEqual(self.metric("geode_connection_pool_active"), 1)
        self.stop(server)
        self.eventually(lambda: not client._pool.idle, "the lost connection is noticed")

    def test_266_rows(self):
        self.serve()
        metrics = MetricsClient(self.client())
        stats = asyncio.run(metrics.query("SELECT AVG(queries_per_second) as avg_qps, MAX(queries_per_second) as peak_qps\n"
                                          "FROM metrics.query_stats WHERE timestamp > NOW() - INTERVAL '30' DAY"))
        self.assertIn("peak_qps", stats[0])
        data = asyncio.run(metrics.query("FOR i IN [1, 2, 4] RETURN i AS timestamp, i * 0.5 AS data_size_gb"))
        self.assertEqual([dict(row) for row in data], [{"timestamp": i, "data_size_gb": i / 2} for i in (1, 2, 4)])

    def test_267_options_of_a_pool(self):
        self.serve()
        client = self.client(max_connections=3, min_connections=2, idle_timeout=0.1, ping_interval=0.1)

        async def crowd():
            await asyncio.gather(*(client.execute("FOR i IN range(1, 100000) RETURN max(i)") for _ in range(12)))
            return self.metric("geode_connection_pool_active")
        self.assertEqual(asyncio.run(crowd()), 3)
        self.eventually(lambda: self.metric("geode_connection_pool_active") == 2, "those that are kept")

    def test_268_retries(self):
        server = self.serve()
        client = self.client(retries=20, backoff=0.05)
        asyncio.run(client.ping())
        self.stop(server)
        self.serve()
        self.assertEqual(asyncio.run(client.execute("RETURN 268 AS n")).value(), 268)
        none = self.client("localhost:3199", retries=2, backoff=0.1)
        begin = time.monotonic()
        with self.assertRaises(ConnectionError):
            asyncio.run(none.ping())
        self.assertGreater(time.monotonic() - begin, 0.1)  # two pauses of at least half of 0.1 and 0.2 s
