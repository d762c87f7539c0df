#!/usr/bin/env python3
"""What is secret is nowhere to be read: passwords, literals of statements and values of parameters, more than 50.

Looked into: the log at its most talkative, the audit log with all events, pages for metrics, lists of connections, of statements
that run and that were slow, errors, plans, the command lines of processes, files of the data directory, the shell's history.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path += [FOLDER, os.path.join(os.path.dirname(FOLDER), "cli")]
from terminal import Terminal
from wire import GEODE, HELLO, Client, Failed, Server


class Secrets(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="geode-secrets-")
        self.addCleanup(subprocess.run, ["rm", "-rf", self.folder])
        self.planted, self.seen = [], {}
        configuration = os.path.join(self.folder, "geode.yaml")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write("logging: {slow_query: 1us}\n")
        self.server = Server(self.folder, "--audit-log", os.path.join(self.folder, "audit.log"), "--audit-level", "all", "--log-level",
                             "debug", "--config", configuration)
        self.addCleanup(self.server.kill)

    def secret(self):
        self.planted.append("hush%04dword" % (7919 * (len(self.planted) + 1) % 10000))
        return self.planted[-1]

    def connect(self, user="", password=""):
        client = Client(self.server, hello=False)
        self.addCleanup(client.close)
        client.ask(HELLO, {1: user, 2: password, 3: "test"})
        return client

    def see(self, where, text):
        self.seen.setdefault(where, []).append(text if isinstance(text, str) else text.decode("utf-8", "replace"))

    def fails(self, client, text, parameters=()):
        with self.assertRaises(Failed) as failed:
            client.execute(text, parameters)
        self.see("errors", str(failed.exception))

    def look(self, client):
        for table in ("system.connections", "system.queries", "system.slow_queries", "system.transactions", "system.config"):
            self.see(table, repr(client.execute("SELECT * FROM " + table)))
        self.see("system.list_queries", repr(client.execute("CALL system.list_queries()")))

    def test_nothing_tells_a_secret(self):
        admin_password = self.secret()
        self.connect().execute("CREATE USER admin PASSWORD '%s' ROLE administrator" % admin_password)
        admin = self.connect("admin", admin_password)
        users = []
        for number in range(10):
            users.append(self.secret())
            admin.execute("CREATE USER u%d WITH PASSWORD '%s' ROLE writer" % (number, users[-1]))
        for number in range(5):
            users[number] = self.secret()
            admin.execute("ALTER USER u%d SET PASSWORD $word" % number, {"word": {4: users[number]}})
        ann = self.connect("u5", users[5])
        ann.execute("ALTER CURRENT USER SET PASSWORD FROM '%s' TO '%s'" % (users[5], self.secret()))
        for _ in range(5):
            with self.assertRaises(Failed) as failed:
                self.connect("u6", self.secret())
            self.see("errors", str(failed.exception))
        # Statements that fail, with secrets at the place of the fault and elsewhere.
        self.fails(admin, "CREATE USER u1 PASSWORD '%s' ROLE reader" % self.secret())
        self.fails(admin, "CREATE USER v PASSWORD '%s' ROLE nobody" % self.secret())
        self.fails(ann, "ALTER CURRENT USER SET PASSWORD FROM '%s' TO '%s'" % (self.secret(), self.secret()))
        self.fails(ann, "CREATE USER w PASSWORD '%s' ROLE reader" % self.secret())
        for number in range(12):
            admin.execute("INSERT (:Card {number: '%s', pin: %d})" % (self.secret(), number))
        admin.execute("CREATE CONSTRAINT FOR (c:Card) REQUIRE c.number IS UNIQUE")
        for number in range(12):
            admin.execute("INSERT (:Card {number: $n})", {"n": {4: self.secret()}})
        self.fails(ann, "CREATE GRAPH %s" % "g", ())
        self.see("plans", repr(admin.execute("EXPLAIN CREATE USER x PASSWORD '%s' ROLE reader" % self.secret())))
        self.see("plans", repr(admin.execute("EXPLAIN ALTER USER u1 SET PASSWORD '%s'" % self.secret())))
        self.while_statements_run(admin, [self.connect("admin", admin_password) for _ in range(3)])
        self.look(admin)
        self.see("pages", urllib.request.urlopen(self.server.pages + "/metrics").read())
        self.see("pages", urllib.request.urlopen(self.server.pages + "/health").read())
        self.of_the_shell(admin_password)
        self.see("command lines", self.command_line(self.server.process.pid))
        self.server.stop(15)
        self.see("log", self.server.log())
        with open(os.path.join(self.folder, "audit.log"), "rb") as file:
            self.see("audit log", file.read())
        self.assertGreaterEqual(len(self.planted), 50)
        # What was looked into has what should be there.
        for where, text in (("log", "query execution time"), ("audit log", "CREATE USER u1"), ("system.slow_queries", "INSERT (:Card"),
                            ("plans", "CREATE USER"), ("errors", "28000"), ("history", "MATCH (c:Card)"), ("answers", "one")):
            self.assertIn(text, "\n".join(self.seen[where]), where)
        for where, texts in self.seen.items():
            for word in self.planted:
                with self.subTest(where):
                    self.assertNotIn(word, "\n".join(texts), where)
        # What belongs into the database is there; passwords are not.
        stored = b""
        for folder, _, names in os.walk(os.path.join(self.folder, "data")):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    stored += file.read()
        for word in users + [admin_password]:
            self.assertNotIn(word.encode(), stored)

    def while_statements_run(self, admin, clients):
        """Others look at them, and they end."""
        texts = ["FOR i IN range(1, 8000000) FILTER i < 0 AND '%s' <> 'x' RETURN i" % self.secret(),
                 "FOR i IN range(1, 8000000) FILTER i < 0 AND $word <> 'x' RETURN i", "MATCH (c:Card {number: '%s'}) RETURN c" % self.secret()]
        word, answers = self.secret(), []
        threads = [threading.Thread(target=lambda client, text: answers.append(client.execute(text, {"word": {4: word}} if "$word" in text else ())),
                                    args=pair) for pair in zip(clients, texts)]
        for thread in threads:
            thread.start()
        seen = 0
        while seen < 2 and any(thread.is_alive() for thread in threads):
            self.look(admin)
            seen = repr(admin.execute("SELECT * FROM system.queries")).count("FOR i IN")
        self.assertEqual(seen, 2)
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [[], [], []])

    def of_the_shell(self, admin_password):
        """Passwords that a shell was given in its URL, in its environment, and at its prompt."""
        authority = "localhost:%d?ca=%s" % (self.server.port, os.path.join(self.folder, "data", "tls", "development-certificate.pem"))
        history = os.path.join(self.folder, "history")
        with_password = "geode://admin:%s@%s" % (admin_password, authority)
        for url, environment in ((with_password, {}),
                                 ("geode://" + authority, {"GEODE_USERNAME": "admin", "GEODE_PASSWORD": admin_password})):
            shell = Terminal([GEODE, "shell", url], columns=200, GEODE_CONFIG=os.devnull, GEODE_HISTORY=history, **environment)
            shell.read_until("localhost> ")
            # What is typed comes back on the screen of him who types it; what the shell says does not tell.
            for line in ("MATCH (c:Card) RETURN count(*) AS n;", "ALTER USER u1 SET PASSWORD '%s';" % self.secret(), "\\connect " + with_password,
                         "RETURN 1 AS one;"):
                shell.type(line + "\r")
                said = shell.read_until("localhost> ")
                if "hush" not in line:
                    self.see("answers", said)
            self.see("command lines", self.command_line(shell.pid))
            shell.type("\x04")
            shell.end()
        with open(history, "rb") as file:
            self.see("history", file.read())

    @staticmethod
    def command_line(process):
        with open("/proc/%d/cmdline" % process, "rb") as file:
            return file.read()


if __name__ == "__main__":
    unittest.main()
