#!/usr/bin/env python3
"""POST /v1/query: who may ask, what comes back, limits, clients that leave, a stop."""

import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

import wire

LONG = "FOR i IN range(1, 100000) FOR j IN range(1, 100000) RETURN count(*) AS n"


def basic(user, password):
    return "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()


class HttpQuery(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="geode-http-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def serve(self, *arguments, config=""):
        if config:
            path = os.path.join(self.folder, "geode.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(config)
            arguments += ("--config", path)
        self.server = wire.Server(self.folder, "--http-query-listen", "127.0.0.1:0", *arguments)
        self.addCleanup(self.server.kill)
        self.port = int(re.search(r"queries at /v1/query.*port=(\d+)", self.server.log()).group(1))

    def tls(self):
        context = ssl.create_default_context(
            cafile=os.path.join(self.folder, "data", "tls", "development-certificate.pem"))
        context.set_alpn_protocols(["http/1.1"])
        return context

    def connect(self):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls(), timeout=60)
        self.addCleanup(connection.close)
        return connection

    def socket(self):
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        secure = self.tls().wrap_socket(plain, server_hostname="127.0.0.1")
        self.addCleanup(secure.close)
        return secure

    def ask(self, statement, connection=None, user=None, headers=(), **more):
        """The status of HTTP, and the object of the answer."""
        connection = connection or self.connect()
        fields = {"Content-Type": "application/json", **dict(headers)}
        if user:
            fields["Authorization"] = basic(*user)
        connection.request("POST", "/v1/query", json.dumps({"statement": statement, **more}), fields)
        answer = connection.getresponse()
        self.headers = answer.headers
        return answer.status, json.loads(answer.read())

    def rows(self, statement, **more):
        status, answer = self.ask(statement, **more)
        self.assertEqual(status, 200, answer)
        return answer["rows"]

    def raw(self, text):
        connection = self.socket()
        connection.sendall(text.encode())
        out = b""
        while data := connection.recv(65536):
            out += data
        return out.decode()

    def metric(self, name):
        with urllib.request.urlopen(self.server.pages + "/metrics", timeout=10) as answer:
            return float(re.search(r"^%s (\S+)$" % re.escape(name), answer.read().decode(), re.M).group(1))

    def await_true(self, holds, seconds=20):
        end = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def running(self):
        """Statements beside the one that asks."""
        return len(self.rows("CALL system.list_queries() YIELD query RETURN query")) - 1

    def active_transactions(self):
        with urllib.request.urlopen(self.server.pages + "/ready", timeout=10) as answer:
            return json.loads(answer.read())["active_transactions"]

    def test_values_of_every_kind(self):
        self.serve()
        status, answer = self.ask("INSERT (:Person {name: $name, born: $born})-[:KNOWS {since: 1.5}]->(:Person {name: 'Bob'})",
                                  parameters={"name": "Ada \u2603", "born": {"$text": "1815-12-10"}})
        self.assertEqual(status, 200)
        self.assertEqual(answer["status"], "00001")
        self.assertEqual(answer["counters"], {"nodes_created": 2, "edges_created": 1, "labels_added": 2, "properties_set": 4})
        self.assertEqual(answer["rows"], [])
        ada = {"id": 0, "labels": ["Person"], "properties": {"name": "Ada \u2603", "born": "1815-12-10"}}
        bob = {"id": 1, "labels": ["Person"], "properties": {"name": "Bob"}}
        knows = {"id": 0, "label": "KNOWS", "source": 0, "target": 1, "properties": {"since": 1.5}}
        self.assertEqual(
            self.rows("MATCH p = (a)-[k]->(b) RETURN a, k, p, 9007199254740993, CAST('1.50' AS DECIMAL(5, 2)),"
                      " X'00ff', a.born, [1, null, true], {x: -0.5}, DURATION 'PT1H'"),
            [[ada, knows, {"nodes": [ada, bob], "edges": [knows]}, 9007199254740993, "1.50", "X'00ff'", "1815-12-10",
              [1, None, True], {"x": -0.5}, "PT1H"]])
        self.assertEqual(self.rows("MATCH (a {name: 'Ada \u2603'}) RETURN a.born, 1.0, {x: 1}", values="tagged"),
                         [[{"$text": "1815-12-10"}, {"$float": "1.0"}, {"$map": {"x": 1}}]])
        self.assertEqual(self.ask("MATCH (n:Nobody) RETURN n")[1]["warnings"][0]["gqlstatus"], "01X01")

    def test_rows_are_limited_and_writing_is_refused_when_asked(self):
        self.serve()
        _, answer = self.ask("FOR i IN range(1, 100000000) RETURN i", max_rows=3)
        self.assertEqual((answer["rows"], answer["truncated"]), ([[1], [2], [3]], True))
        _, answer = self.ask("FOR i IN range(1, 3) RETURN i", max_rows=3)
        self.assertEqual((answer["rows"], answer["truncated"]), ([[1], [2], [3]], False))
        # All that a statement writes is written, however few of its rows are wanted.
        _, answer = self.ask("FOR i IN range(1, 10) INSERT (n:N) RETURN n", max_rows=1)
        self.assertEqual((len(answer["rows"]), answer["counters"]["nodes_created"]), (1, 10))
        self.assertEqual(self.rows("MATCH (n:N) RETURN count(*)"), [[10]])
        status, problem = self.ask("INSERT (:N)", read_only=True)
        self.assertEqual((status, problem["gqlstatus"]), (403, "25G03"))

    def test_problems_tell_where_and_why(self):
        self.serve()
        connection = self.connect()
        status, problem = self.ask("MATCH (a RETURN a", connection)
        self.assertEqual(status, 400)
        self.assertEqual(self.headers["Content-Type"], "application/problem+json")
        self.assertEqual(problem["gqlstatus"], "42001")
        self.assertEqual(problem["position"], {"offset": 9, "line": 1, "column": 10, "length": 6})
        begin = time.monotonic()
        self.assertEqual(self.ask(LONG, connection, timeout="50ms")[0], 504)
        self.assertLess(time.monotonic() - begin, 10)
        status, problem = self.ask("RETURN 1", connection, graph="none")
        self.assertEqual((status, problem["gqlstatus"]), (400, "42002"))
        self.assertEqual(self.ask("RETURN $x", connection)[1]["gqlstatus"], "42X01")
        # After all these, the connection goes on.
        self.assertEqual(self.ask("RETURN 1", connection)[0], 200)

    def test_a_long_answer_that_fails_says_so_at_its_end(self):
        self.serve()
        status, answer = self.ask("FOR i IN range(1, 300000) RETURN 100 / (250000 - i)")
        self.assertEqual(status, 200)
        self.assertEqual(answer["status"], "22012")
        self.assertEqual(answer["error"]["gqlstatus"], "22012")
        self.assertEqual(len(answer["rows"]), answer["row_count"])
        self.assertGreater(answer["row_count"], 1000)

    def test_requests_are_apart_from_each_other(self):
        self.serve()
        connection = self.connect()
        self.ask("CREATE GRAPH other ANY", connection)
        self.ask("SESSION SET GRAPH other", connection)
        self.ask("INSERT (:InHome)", connection)
        self.ask("INSERT (:InOther)", connection, graph="other")
        self.assertEqual(self.rows("MATCH (n) RETURN labels(n)", connection=connection), [[["InHome"]]])
        self.assertEqual(self.rows("MATCH (n) RETURN labels(n)", connection=connection, graph="other"), [[["InOther"]]])
        status, problem = self.ask("START TRANSACTION", connection)
        self.assertEqual((status, problem["gqlstatus"]), (400, "25000"))
        self.await_true(lambda: self.active_transactions() == 0)

    def test_what_is_no_query_is_refused(self):
        self.serve()
        head = "POST /v1/query HTTP/1.1\r\nContent-Type: application/json\r\n"
        for text, status in (
                ("GET /v1/query HTTP/1.1\r\nConnection: close\r\n\r\n", 405),
                ("OPTIONS /v1/query HTTP/1.1\r\nOrigin: https://a.example\r\nConnection: close\r\n\r\n", 405),
                ("POST /v2/query HTTP/1.1\r\nConnection: close\r\n\r\n", 404),
                ("POST /v1/query HTTP/1.1\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n", 415),
                (head + "Content-Length: 99999999999\r\n\r\n", 413),
                (head + "X: %s\r\n\r\n" % ("x" * 20000), 431),
                ("nonsense\r\n\r\n", 400),
                (head + "Connection: close\r\nContent-Length: 2\r\n\r\n{}", 400)):
            answer = self.raw(text)
            self.assertTrue(answer.startswith("HTTP/1.1 %d " % status), answer)
            self.assertNotIn("Access-Control", answer)
        self.assertNotIn("\r\n\r\n{", self.raw("HEAD /v1/query HTTP/1.1\r\nConnection: close\r\n\r\n"))

    def test_users_log_in_with_each_connection(self):
        self.serve()
        self.ask("CREATE USER ada WITH PASSWORD 'a long one' ROLE administrator")
        ada = ("ada", "a long one")
        status, problem = self.ask("RETURN 1")
        self.assertEqual((status, problem["gqlstatus"]), (401, "28000"))
        self.assertIn("Basic", self.headers["WWW-Authenticate"])
        self.assertEqual(self.ask("RETURN 1", user=("ada", "another"))[0], 401)
        self.assertEqual(self.ask("RETURN 1", headers={"Authorization": "Bearer x"})[0], 401)
        self.assertEqual(self.rows("RETURN current_user()", user=ada), [["ada"]])

        self.rows("CREATE USER bob WITH PASSWORD 'bobs own one' ROLE reader", user=ada)
        bob, connection = ("bob", "bobs own one"), self.connect()
        self.assertEqual(self.rows("RETURN current_user()", connection=connection, user=bob), [["bob"]])
        # The connection knows him now, and nobody else by that.
        self.assertEqual(self.rows("RETURN current_user()", connection=connection, user=bob), [["bob"]])
        self.assertEqual(self.ask("RETURN 1", connection)[0], 401)
        self.assertEqual(self.ask("RETURN 1", connection, user=("bob", "not his"))[0], 401)
        self.assertEqual(self.rows("RETURN current_user()", connection=connection, user=ada), [["ada"]])
        self.assertEqual(self.rows("RETURN current_user()", connection=connection, user=bob), [["bob"]])
        self.assertEqual(self.ask("INSERT (:N)", connection, user=bob)[0], 403)
        self.rows("ALTER USER bob SET STATUS SUSPENDED", user=ada)
        self.assertEqual(self.ask("RETURN 1", connection, user=bob)[0], 401)

    def test_a_connection_from_before_there_were_users_is_no_way_around_a_password(self):
        self.serve()
        connection = self.connect()
        wrong = ("ada", "guessed")
        self.assertEqual(self.ask("RETURN 1", connection, user=wrong)[0], 200)
        self.rows("CREATE USER ada WITH PASSWORD 'a long one' ROLE administrator")
        self.assertEqual(self.ask("RETURN 1", connection, user=wrong)[0], 401)

    def test_a_certificate_of_a_client_stands_for_the_user_of_its_name(self):
        def make(*arguments):
            subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        make("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca", "-days", "2")
        make("req", *key, "-keyout", "ada.key", "-out", "ada.csr", "-subj", "/CN=ada")
        make("x509", "-req", "-in", "ada.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "ada.pem",
             "-days", "2")
        self.serve("--client-ca", os.path.join(self.folder, "ca.pem"))
        self.rows("CREATE USER ada WITH PASSWORD 'a long one' ROLE administrator")
        self.rows("CREATE USER bob WITH PASSWORD 'bobs own one' ROLE reader", user=("ada", "a long one"))
        self.assertEqual(self.ask("RETURN 1")[0], 401)
        context = self.tls()
        context.load_cert_chain(os.path.join(self.folder, "ada.pem"), os.path.join(self.folder, "ada.key"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=60)
        self.addCleanup(connection.close)
        self.assertEqual(self.rows("RETURN current_user()", connection=connection), [["ada"]])
        # Who says that he is somebody else has to know the password.
        self.assertEqual(self.ask("RETURN 1", connection, user=("bob", "guess"))[0], 401)
        self.assertEqual(self.rows("RETURN current_user()", connection=connection, user=("bob", "bobs own one")), [["bob"]])
        self.assertEqual(self.rows("RETURN current_user()", connection=connection), [["ada"]])

    def test_who_guesses_is_slowed_down(self):
        self.serve()
        self.ask("CREATE USER ada WITH PASSWORD 'a long one' ROLE administrator")
        connection = self.connect()
        for _ in range(15):
            self.assertEqual(self.ask("RETURN 1", connection, user=("ada", "guess"))[0], 401)
        self.assertEqual(self.ask("RETURN 1", connection, user=("ada", "a long one"))[0], 401)

    def test_a_client_that_leaves_ends_its_statement(self):
        self.serve()
        body = json.dumps({"statement": LONG})
        client = self.socket()
        client.sendall(("POST /v1/query HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                        % (len(body), body)).encode())
        self.await_true(lambda: self.running() == 1)
        client.close()
        self.await_true(lambda: self.running() == 0)

    def test_a_client_that_does_not_read_costs_little_memory(self):
        self.serve()
        self.rows("RETURN 1")
        before = self.server.memory_kib()
        client = self.socket()
        body = json.dumps({"statement": "FOR i IN range(1, 10000000) RETURN 'some text of a row that is not read', i"})
        client.sendall(("POST /v1/query HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                        % (len(body), body)).encode())
        time.sleep(1.5)
        if not wire.SANITIZED:
            self.assertLess(self.server.memory_kib() - before, 64 * 1024)
        self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 200 OK"))

    def test_connections_are_counted_with_the_others(self):
        self.serve("--max-connections", "2")
        first, second = self.connect(), self.connect()
        for connection in (first, second):
            self.assertEqual(self.ask("RETURN 1", connection)[0], 200)
        self.assertEqual(self.metric("geode_connection_pool_active"), 2)
        status, problem = self.ask("RETURN 1")
        self.assertEqual((status, problem["gqlstatus"]), (503, "08X04"))
        rows = self.rows("CALL system.connections() YIELD transport RETURN transport", connection=first)
        self.assertEqual(rows, [["https"], ["https"]])
        second.close()
        self.await_true(lambda: self.metric("geode_connection_pool_active") == 1)
        self.assertEqual(self.ask("RETURN 1")[0], 200)

    def test_idle_connections_and_long_bodies_are_limited(self):
        self.serve("--idle-timeout", "300ms", config="server: {http_query: {max_body: 2KB}}\n")
        client = self.socket()
        self.assertEqual(client.recv(10), b"")
        status, problem = self.ask("RETURN 1", parameters={"x": "x" * 3000})
        self.assertEqual(status, 413)
        self.assertIn("2000 bytes", problem["detail"])

    def test_a_stop_lets_statements_end(self):
        self.serve()
        answers = []
        statement = "FOR i IN range(1, 3000) FOR j IN range(1, 3000) RETURN count(*) AS n"
        asking = threading.Thread(target=lambda: answers.append(self.ask(statement) + (self.headers["Connection"],)))
        idle = self.connect()
        self.assertEqual(self.ask("RETURN 1", idle)[0], 200)
        asking.start()
        self.await_true(lambda: self.running() == 1 or answers)
        code, _ = self.server.stop(signal.SIGTERM)
        asking.join()
        self.assertEqual(code, 0)
        self.assertEqual(answers[0][:1], (200,))
        self.assertEqual(answers[0][1]["rows"], [[9000000]])


if __name__ == "__main__":
    unittest.main()
