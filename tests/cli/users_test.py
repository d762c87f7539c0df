"""Users of a server, as somebody at a shell meets them."""

import os
import subprocess
import sys

from cli import GEODE, CliTest, environment

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))
from wire import Server


class Users(CliTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("server"))
        self.server = Server(self.path("server"), "--unix-socket", self.path("geode.sock"))
        self.addCleanup(self.server.kill)

    def url(self, who=""):
        return "geode://%s127.0.0.1:%d?ca=%s" % (
            who, self.server.port, self.path("server/data/tls/development-certificate.pem"))

    def shell(self, who, *arguments, url=None, **more):
        return self.geode("shell", url or self.url(who), *arguments, GEODE_CONFIG=self.write("none.yaml", "{}"), **more)

    def refuse(self, outcome):
        self.assertNotEqual(outcome.code, 0, outcome)
        self.assertEqual(outcome.out, "", outcome)
        return outcome

    def test_from_the_first_user_on(self):
        script = self.write("users.gql", """
            INSERT (:Person {name: 'Ada', owner_id: 'ann'}), (:Person {name: 'Bob', owner_id: 'bob'});
            CREATE USER admin WITH PASSWORD 'strong' ROLE administrator;
            CREATE USER ann WITH PASSWORD 'secret' ROLE reader;
            CREATE POLICY own ON Person FOR SELECT USING (owner_id = current_user_id());
            """)
        self.check(self.shell("", "--file", script))
        query = "MATCH (p:Person) RETURN p.name AS name ORDER BY name"
        refused = self.refuse(self.shell("", "-c", query))
        self.assertIn("28000", refused.err)
        refused = self.refuse(self.shell("", "-c", query, url="geode+unix://" + self.path("geode.sock")))
        self.assertIn("28000", refused.err)
        wrong = self.refuse(self.shell("ann:wrong@", "-c", query))
        unknown = self.refuse(self.shell("nobody:secret@", "-c", query))
        self.assertIn("28000", wrong.err)
        self.assertEqual(wrong.err.replace("ann", "nobody"), unknown.err)
        self.check(self.shell("ann:secret@", "-c", query), out="name\nAda\n")
        self.check(self.shell("admin:strong@", "-c", query), out="name\nAda\nBob\n")
        self.check(self.shell("", "-c", query, GEODE_USERNAME="ann", GEODE_PASSWORD="secret"), out="name\nAda\n")
        denied = self.check(self.shell("ann:secret@", "-c", "INSERT (:Person)"), code=1)
        self.assertIn("42X04", denied.err)
        self.check(self.shell("ann:secret@", "-c", "ALTER CURRENT USER SET PASSWORD FROM 'secret' TO 'other'"))
        self.check(self.shell("ann:other@", "-c", query), out="name\nAda\n")
        log = self.server.log()
        for password in ("strong", "secret", "wrong"):
            self.assertNotIn(password, log)

    def test_an_open_connection_loses_what_is_revoked(self):
        self.check(self.shell("", "-c", "CREATE USER admin PASSWORD 'a' ROLE administrator"))
        self.check(self.shell("admin:a@", "-c", "CREATE USER ann PASSWORD 'b' ROLE writer"))
        shell = subprocess.Popen([GEODE, "shell", self.url("ann:b@"), "--keep-going"], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder,
                                 env=environment(GEODE_CONFIG=self.write("none.yaml", "{}")))
        self.addCleanup(shell.kill)
        shell.stdin.write(b"INSERT (:A);\nMATCH (a:A) RETURN count(*) AS n;\n")
        shell.stdin.flush()
        self.assertEqual([shell.stdout.readline(), shell.stdout.readline()], [b"n\n", b"1\n"])
        self.assertEqual(shell.stderr.readline(), b"1 node created, 1 label added\n")
        self.check(self.shell("admin:a@", "-c", "ALTER USER ann SET ROLE reader"))
        shell.stdin.write(b"INSERT (:A);\n")
        shell.stdin.flush()
        self.assertIn(b"42X04", shell.stderr.readline())
        self.check(self.shell("admin:a@", "-c", "ALTER USER ann SET STATUS SUSPENDED"))
        out, err = shell.communicate(b"MATCH (a:A) RETURN count(*) AS n;\n", timeout=60)
        self.assertEqual(out, b"")
        self.assertIn(b"28000", err)


if __name__ == "__main__":
    import unittest
    unittest.main()
