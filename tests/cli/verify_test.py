"""geode verify and geode doctor, and folders that stand for their database."""

import json
import os
import subprocess
import unittest

from cli import GEODE, CliTest, environment

PARTS = ["pages", "catalog", "tables", "nodes", "columns", "edges", "indexes", "log"]


class Verify(CliTest):
    def sample(self, name="g.geode"):
        path = self.path(name)
        self.check(self.geode(path, stdin=".sample social\nCREATE INDEX i FOR (n:Person) ON (n.name);\n"))
        return path

    def damaged(self):
        """Every occurrence of one name in the file is another: the index no longer fits the nodes."""
        path = self.path("damaged.geode")
        self.check(self.geode(path, stdin="""
            CREATE INDEX i FOR (n:Person) ON (n.name);
            INSERT (:Person {name: 'Abcdefgh'}), (:Person {name: 'Zyxwvuts'});
        """))
        with open(path, "rb") as f:
            content = f.read()
        with open(path, "wb") as f:
            # The value has its length before it, the key of the index has not.
            f.write(content.replace(b"\x08Abcdefgh", b"\x08Abcdefgi"))
        return path

    def test_a_sound_database_is_ok(self):
        path = self.sample()
        self.check(self.geode("verify", path), out="ok\n", err="")
        outcome = self.check(self.geode("verify", "-v", path), out="ok\n")
        self.assertEqual([line.split()[0] for line in outcome.err.splitlines()], PARTS)
        report = json.loads(self.check(self.geode("verify", "--json", path), err="").out)
        self.assertEqual(report["schema"], "geode.verify/1")
        self.assertIs(report["ok"], True)
        self.assertEqual(report["findings"], [])
        self.assertEqual([part["name"] for part in report["parts"]], PARTS)

    def test_damage_is_named_and_ends_with_6(self):
        path = self.damaged()
        outcome = self.check(self.geode("verify", path), code=6)
        self.assertRegex(outcome.out, r"^damage: ")
        self.assertNotIn("ok\n", outcome.out)
        report = json.loads(self.check(self.geode("verify", "--json", path), code=6).out)
        self.assertIs(report["ok"], False)
        self.assertGreater(report["damages"], 0)
        self.assertEqual(set(report["findings"][0]), {"severity", "part", "table", "where", "found", "expected"})
        first = json.loads(self.check(self.geode("verify", "--json", "--findings", "0", path), code=6).out)
        self.assertEqual(first["findings"], [])
        self.assertEqual(first["more_findings"], len(report["findings"]))

    def test_a_data_directory_stands_for_its_database(self):
        os.mkdir(self.path("data"))
        self.sample("data/database.geode")
        for arguments in (["--data-dir", "data"], ["data"], ["data/"], ["data/database.geode"]):
            self.check(self.geode("verify", *arguments), out="ok\n")
        self.check(self.geode("data", "-c", "MATCH (n) RETURN count(*) > 0 AS some"), out="some\ntrue\n")

    def test_what_cannot_be_verified(self):
        self.check(self.geode("verify", "missing.geode"), code=3, out="")
        self.check(self.geode("verify", "--data-dir", "missing"), code=3, out="")
        self.check(self.geode("verify", self.write("notes.txt", "just text\n" * 2000)), code=3, out="")
        missing = self.check(self.geode("verify", GEODE_CONFIG=os.devnull), code=3, out="")
        self.assertIn("'./data/database.geode' does not exist", missing.err)
        self.check(self.geode("verify", ":memory:"), code=2, out="")
        self.check(self.geode("verify", "a.geode", "--data-dir", "b"), code=2, out="")
        self.assertEqual(os.listdir(self.folder), ["notes.txt"])

    def test_others_may_have_it_open(self):
        path = self.sample()
        other = subprocess.Popen([GEODE, "pipe", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 env=environment(), cwd=self.folder, text=True)
        try:
            for _ in range(3):
                other.stdin.write(json.dumps({"op": "run", "query": "INSERT (:Person {name: 'x'})"}) + "\n")
                other.stdin.flush()
                self.assertTrue(json.loads(other.stdout.readline())["ok"])
                self.check(self.geode("verify", path), out="ok\n", err="")
        finally:
            other.stdin.close()
            other.wait(timeout=30)
            other.stdout.close()

    def test_the_doctor(self):
        path = self.sample()
        outcome = self.check(self.geode("doctor", path), err="")
        self.assertIn("counts, edges and checksums agree", outcome.out)
        self.assertRegex(outcome.out, r"(?m)^(good|look here) +sync +.* until a write is on disk")
        report = json.loads(self.check(self.geode("doctor", "--json", path)).out)
        self.assertEqual(report["schema"], "geode.doctor/1")
        self.assertIs(report["ok"], True)
        self.check(self.geode("doctor", "missing.geode"), code=3)

        def log():
            found = json.loads(self.check(self.geode("doctor", "--json", path)).out)["findings"]
            return next(each for each in found if each["name"] == "log")

        self.assertIn("off", log()["text"])
        self.check(self.geode("change-log", "on", path))
        self.assertEqual(log()["state"], "good")
        self.check(self.geode("change-log", "on", "--limit", "0", path))
        self.assertEqual(log()["state"], "look here")
        self.assertIn("geode wal-archive", log()["hint"])
        self.assertEqual(sorted(os.listdir(self.folder)), ["g.geode", "g.geode-lock"])

    def test_without_a_database_it_is_that_of_the_configuration(self):
        os.mkdir(self.path("folder"))
        self.check(self.geode("shell", self.path("folder/database.geode"), "-c", "INSERT (:Person)"))
        config = self.write("geode.yaml", "storage:\n  data_dir: %s\n" % self.path("folder"))
        self.assertIn("ok", self.check(self.geode("verify", GEODE_CONFIG=config)).out)
        # What the configuration means is not guessed.
        wrong = self.check(self.geode("verify", GEODE_CONFIG=self.write("wrong.yaml", "storage:\n  data_dri: x\n")), code=2)
        self.assertIn("data_dri", wrong.err)


if __name__ == "__main__":
    unittest.main()
