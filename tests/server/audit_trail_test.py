#!/usr/bin/env python3
"""What a server writes into its audit log: each event once, in its order, and before the client is told.

    audit_trail_test.py [--statements N] [--kills N] [--seed N]
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wire import BEGIN, COMMIT, EXECUTE_PREPARED, GEODE, HELLO, ROLLBACK, ROLLBACK_TO, SAVEPOINT, Client, Failed, Server, encode, integer

ARGUMENTS = argparse.Namespace(statements=150, kills=3, seed=1)
# Names that a viewer or a shell might obey, and text that may break a line or JSON.
PAYLOADS = ["\n", "\r\n{\"event_id\":1}", "\x1b[2J", "\x00", "\u202e", "\u2028", "\"", "\\", "</script>", "'; DROP GRAPH g; --", "%s%n", "$(id)",
            "`id`", "\x7f", "\u0085", "\ufeff", "{\"hash\":\"0\"}", "\t", "../../etc/passwd", "\U0001f600"]


def events(path):
    with open(path, "rb") as file:
        return [json.loads(line.decode("utf-8")) for line in file.read().splitlines()]


def statement_of(event):
    return event["operation"]["type"], event["result"]["gqlstatus"]


def ready(server):
    """The status of the page, and its text."""
    try:
        with urllib.request.urlopen(server.pages + "/ready", timeout=30) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def lost_events(server):
    with urllib.request.urlopen(server.pages + "/metrics", timeout=30) as page:
        (line,) = [line for line in page.read().decode().splitlines() if line.startswith("geode_audit_events_lost_total ")]
    return int(float(line.split()[1]))


def verify(path):
    done = subprocess.run([GEODE, "audit", "verify", path], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


class AuditTrail(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="geode-audit-")
        self.path = os.path.join(self.folder, "audit.log")
        self.addCleanup(subprocess.run, ["rm", "-rf", self.folder])

    def serve(self, *arguments, prefix=()):
        server = Server(self.folder, "--audit-log", self.path, *arguments, prefix=prefix)
        self.addCleanup(server.kill)
        return server

    def connect(self, server, **given):
        client = Client(server, **given)
        self.addCleanup(client.close)
        return client

    def operations(self):
        """Of the logins and statements of all sessions, in the order of the log, with how they ended."""
        return [(event["operation"]["type"], event["result"]["status"]) for event in events(self.path)
                if event["event_type"] != "audit_log" and event["actor"]["session"]]

    def events_after(self, count, expected):
        """Those after the first `count`, waited for when they are of what the server does by itself."""
        end = time.monotonic() + 30
        while len(found := events(self.path)[count:]) < expected and time.monotonic() < end:
            time.sleep(0.01)
        self.assertEqual(len(found), expected, found)
        return found

    def test_each_statement_is_there_once_and_in_its_order(self):
        server, random_ = self.serve("--audit-level", "all"), random.Random(ARGUMENTS.seed)
        client, expected = self.connect(server), [("HELLO", "success")]

        def run(text, operation, fails=False):
            try:
                client.execute(text)
                self.assertFalse(fails, text)
            except Failed:
                self.assertTrue(fails, text)
            expected.append((operation, "failure" if fails else "success"))
        prepared = client.prepare("INSERT (:P {n: $n})")
        for number in range(ARGUMENTS.statements):
            kind = random_.randrange(10)
            if kind == 0:
                run("INSERT (:N {n: %d})" % number, "INSERT")
            elif kind == 1:
                run("MATCH (n:N) RETURN count(*)", "MATCH")
            elif kind == 2:
                run("MATCH (n:N) WHERE n.n = %d SET n.seen = true" % random_.randrange(number + 1), "SET")
            elif kind == 3:
                run("INSERT (:N {n: 1 / 0})", "INSERT", fails=True)
            elif kind == 4:
                run("CREATE GRAPH g%d ANY" % number, "CREATE GRAPH")
            elif kind == 5:
                run("RETURN FROM NOTHING", "", fails=True)
            elif kind == 6:
                client.ask(EXECUTE_PREPARED, {1: prepared, 2: [{1: "n", 2: integer(number)}]})
                expected.append(("INSERT", "success"))
            elif kind == 7:
                run("CALL system.clear_cache()", "CALL")
            elif kind == 8:
                self.connect(server).close()
                expected.append(("HELLO", "success"))
            else:
                client.ask(BEGIN, {})
                expected.append(("START TRANSACTION", "success"))
                run("INSERT (:N {n: -1})", "INSERT")
                end = random_.choice([COMMIT, ROLLBACK])
                client.ask(end, {})
                expected.append(("COMMIT" if end == COMMIT else "ROLLBACK", "success"))
        self.assertEqual(self.operations(), expected)
        self.assertEqual([event["event_id"] for event in events(self.path)], list(range(1, len(events(self.path)) + 1)))
        code, said = verify(self.path)
        self.assertEqual(code, 0, said)
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)

    def test_levels(self):
        for level, types in (("none", set()), ("security", {"authentication", "administration"}),
                             ("write", {"authentication", "administration", "data_modification"}),
                             ("all", {"authentication", "administration", "data_modification", "access"})):
            with self.subTest(level):
                self.setUp()
                server = self.serve("--audit-level", level)
                client = self.connect(server)
                for text in ("INSERT (:A)", "MATCH (a:A) RETURN a", "CREATE INDEX FOR (a:A) ON (a.x)"):
                    client.execute(text)
                self.assertEqual({event["event_type"] for event in events(self.path)} - {"audit_log"}, types)
                client.close()
                server.kill()

    def test_a_change_of_the_level_has_its_event(self):
        configuration = os.path.join(self.folder, "geode.yaml")

        def configure(level):
            with open(configuration, "w", encoding="utf-8") as file:
                file.write("audit: {level: %s}\n" % level)
        configure("write")
        server = self.serve("--config", configuration)
        client = self.connect(server)
        for level in ("none", "all", "security"):
            before = len(events(self.path))
            client.execute("CALL system.set_config('audit.level', '%s')" % level)
            (event,) = self.events_after(before, 1)
            self.assertEqual(statement_of(event), ("CALL", "00000"))
            client.execute("INSERT (:A)")
            self.assertEqual(len(events(self.path)), before + 1 + (level == "all"))
        for level in ("none", "write"):
            before = len(events(self.path))
            configure(level)
            server.process.send_signal(signal.SIGHUP)
            (event,) = self.events_after(before, 1)
            self.assertEqual(event["operation"]["type"], "RELOAD")
            while client.execute("SELECT value FROM system.config WHERE key = 'audit.level'") != [[encode({4: level})]]:
                pass

    def test_what_is_undone_is_said_to_be(self):
        client = self.connect(self.serve())
        client.ask(BEGIN, {})
        client.ask(SAVEPOINT, {1: "s"})
        client.execute("INSERT (:A)")
        client.ask(ROLLBACK_TO, {1: "s"})
        before = len(events(self.path))
        self.assertEqual([statement_of(event)[0] for event in events(self.path)[-2:]], ["INSERT", "ROLLBACK TO SAVEPOINT"])
        client.execute("INSERT (:B)")
        client.close()
        inserted, ended = self.events_after(before, 2)
        self.assertEqual((statement_of(inserted)[0], statement_of(ended)[0]), ("INSERT", "ROLLBACK"))
        self.assertEqual(inserted["actor"], ended["actor"])
        self.assertEqual(inserted["operation"]["graph"], "default")
        self.assertGreaterEqual(inserted["operation"]["duration_ms"], 0)
        code, said = verify(self.path)
        self.assertEqual(code, 0, said)

    def test_what_somebody_has_no_right_to_is_kept(self):
        server = self.serve("--audit-level", "security")
        self.connect(server).execute("CREATE USER ada PASSWORD 'right one' ROLE administrator")
        ada = self.connect(server, hello=False)
        ada.ask(HELLO, {1: "ada", 2: "right one", 3: "test"})
        ada.execute("CREATE ROLE bare")
        ada.execute("CREATE USER bob PASSWORD 'other one' ROLE bare")
        bob = self.connect(server, hello=False)
        bob.ask(HELLO, {1: "bob", 2: "other one", 3: "test"})
        for text in ("MATCH (n:Secret) RETURN n", "INSERT (:Secret)", "CREATE GRAPH g ANY"):
            before = len(events(self.path))
            with self.assertRaises(Failed) as failed:
                bob.execute(text)
            self.assertEqual(failed.exception.gqlstatus, "42X04")
            (event,) = self.events_after(before, 1)
            self.assertEqual((event["result"]["status"], event["result"]["gqlstatus"]), ("failure", "42X04"))
            self.assertEqual((event["actor"]["user"], event["operation"]["graph"]), ("bob", "default"))

    def test_logins_name_who_and_how(self):
        server = self.serve("--audit-level", "security")
        self.connect(server).execute("CREATE USER ada PASSWORD 'right one' ROLE administrator")
        outcomes = []
        # Who tries without a pause is made to wait, which no answer tells him.
        for user, password in (("ada", "right one"), ("nobody", "right one"), ("", ""), *[("ada", "wrong")] * 12):
            client = self.connect(server, hello=False)
            try:
                client.ask(HELLO, {1: user, 2: password, 3: "test"})
                outcomes.append((user, "success"))
            except Failed as failed:
                self.assertEqual(failed.gqlstatus, "28000")
                outcomes.append((user, "failure"))
            client.close()
        found = [event for event in events(self.path) if event["event_type"] == "authentication"][1:]
        self.assertEqual([(event["actor"]["user"], event["result"]["status"]) for event in found], outcomes)
        self.assertEqual(found[0]["actor"]["roles"], ["administrator"])
        self.assertEqual({(event["actor"]["address"], event["actor"]["transport"]) for event in found}, {("127.0.0.1", "tls")})
        reasons = [event["result"].get("reason") for event in found]
        self.assertEqual(reasons[:4], [None, "wrong_credentials", "no_credentials", "wrong_credentials"])
        self.assertEqual(reasons[-1], "throttled")

    def test_what_is_acknowledged_is_recorded(self):
        for kill in range(ARGUMENTS.kills):
            with self.subTest(kill=kill):
                server, acknowledged = self.serve(), []

                def write(first):
                    try:
                        client = self.connect(server)
                        for number in range(first, first + 1_000_000):
                            client.execute("INSERT (:N {n: $n})", {"n": integer(number)})
                            acknowledged.append(number)
                    except (OSError, ConnectionError):
                        pass
                threads = [threading.Thread(target=write, args=(i * 1_000_000,)) for i in range(4)]
                for thread in threads:
                    thread.start()
                while len(acknowledged) < 40:
                    threads[0].join(0.01)
                server.process.send_signal(signal.SIGKILL)
                server.process.wait()
                for thread in threads:
                    thread.join()
                again = self.serve()  # which sets a torn line right
                inserted = sum(event["operation"]["type"] == "INSERT" for event in events(self.path))
                stored = len(self.connect(again).execute("MATCH (n:N) RETURN n.n"))
                self.assertGreaterEqual(inserted, stored)
                self.assertGreaterEqual(stored, len(acknowledged))
                again.stop(signal.SIGTERM)
                code, said = verify(self.path)
                self.assertEqual(code, 0, said)
                self.setUp()

    def test_a_full_disk_refuses_or_goes_on_as_it_is_told(self):
        small = os.path.join(self.folder, "small")
        os.mkdir(small)
        mount = "mount -t tmpfs -o size=64k none %s && head -c 32768 /dev/zero > %s/filler && exec \"$@\"" % (small, small)
        prefix = ["unshare", "-m" if os.geteuid() == 0 else "-Urm", "sh", "-c", mount, "sh"]
        if subprocess.run([*prefix, "true"], capture_output=True).returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.path = os.path.join(small, "audit.log")
        for on_failure in ("refuse", "continue"):
            with self.subTest(on_failure):
                configuration = os.path.join(self.folder, on_failure + ".yaml")
                with open(configuration, "w", encoding="utf-8") as file:
                    file.write("audit: {on_failure: %s}\n" % on_failure)
                server = self.serve("--config", configuration, prefix=prefix)
                inside = "/proc/%d/root" % server.process.pid + self.path
                client, done, refused = self.connect(server), 0, 0
                self.assertEqual((ready(server)[0], lost_events(server)), (200, 0))
                for _ in range(400):
                    try:
                        client.execute("INSERT (:N {on: '%s'})" % on_failure)
                        done += 1
                    except Failed as failed:
                        self.assertIn(failed.gqlstatus, ("53X02", "58X01"))
                        self.assertIn("audit log", str(failed))
                        refused += 1
                stored = len(client.execute("MATCH (n:N {on: '%s'}) RETURN n" % on_failure))
                self.assertEqual(stored, done)
                self.assertEqual(refused > 0, on_failure == "refuse")
                self.assertRegex(server.log(), "ERROR.*audit log cannot be written")
                lost = lost_events(server)
                self.assertGreater(lost, 0)
                status, text = ready(server)
                self.assertEqual(status, 503 if refused else 200, text)
                self.assertEqual("audit log" in text, refused > 0)
                # When there is room again it goes on, and says what is not there.
                os.unlink(os.path.join(os.path.dirname(inside), "filler"))
                self.assertEqual(ready(server)[0], 200)
                client.execute("INSERT (:N {on: 'again'})")
                self.assertEqual(sum(event["operation"]["events"] for event in events(inside) if event["operation"]["type"] == "events_lost"), lost)
                code, said = verify(inside)
                self.assertEqual(code, 0, said)
                server.kill()

    def test_a_rotation_by_a_tool_keeps_the_chain(self):
        server = self.serve()
        client = self.connect(server)
        client.execute("INSERT (:A)")
        os.rename(self.path, self.path + ".1")
        server.process.send_signal(signal.SIGHUP)
        while not os.path.exists(self.path):
            client.execute("RETURN 1")
        client.execute("INSERT (:B)")
        code, said = verify(self.path)
        self.assertEqual(code, 0, said)
        self.assertIn("2 files", said)

    def test_payloads_stay_in_their_line(self):
        server = self.serve("--audit-level", "all")
        client, random_ = self.connect(server), random.Random(ARGUMENTS.seed)
        succeeded = 0
        for number in range(ARGUMENTS.statements):
            text = "".join(random_.choice(PAYLOADS) for _ in range(1 + random_.randrange(4)))
            name = text.replace("`", "``").replace("\x00", "")
            before = len(events(self.path))
            given = {"v": {4: text}} if number % 2 else {}
            sent = "INSERT (:`L%s` {x: %s})"
            try:
                client.execute(sent % (name, "$v" if given else "1"), given)
                read = self.events_after(before, 1)[0]["operation"]["statement"]
                self.assertEqual(read, sent % (name, "$v" if given else "?"))
                succeeded += 1
            except Failed:
                # As far as it could be read.
                read = self.events_after(before, 1)[0]["operation"]["statement"]
                self.assertTrue((sent % (name, "$v" if given else "?")).startswith(read.removesuffix("...").rstrip()), (name, read))
        self.assertGreater(succeeded, 0)
        with open(self.path, "rb") as file:
            data = file.read()
        self.assertFalse(any(byte < 0x20 and byte != 0x0A for byte in data))
        self.assertEqual(verify(self.path)[0], 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name, number in vars(ARGUMENTS).items():
        parser.add_argument("--" + name, type=int, default=number)
    parser.parse_args(namespace=ARGUMENTS)
    unittest.main(argv=sys.argv[:1])
