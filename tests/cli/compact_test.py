"""geode compact, and CALL system.compact_storage() of files."""

import json
import os
import shutil
import subprocess
import time
import unittest

from cli import GEODE, CliTest, environment

COUNT = "MATCH (n:N) RETURN count(*) AS n, sum(n.id) AS s"


class Compact(CliTest):
    def grown(self, name="g.geode"):
        """A database most of which is free space."""
        path = self.path(name)
        self.check(self.geode(path, stdin="""
            UNWIND range(1, 60000) AS i INSERT (:N {id: i, text: 'text of node number ' || CAST(i AS STRING)});
            MATCH (n:N) WHERE n.id > 500 DETACH DELETE n;
        """))
        return path

    def count(self, path):
        return self.check(self.geode(path, "-c", COUNT)).out

    def test_the_file_becomes_smaller_and_says_the_same(self):
        path = self.grown()
        before, content = os.path.getsize(path), self.count(path)
        outcome = self.check(self.geode("compact", path, "--json"), err="")
        report = json.loads(outcome.out)
        self.assertEqual(report["schema"], "geode.compact/1")
        self.assertEqual(report["bytes_before"], before)
        self.assertEqual(report["bytes_after"], os.path.getsize(path))
        self.assertLess(report["bytes_after"], before / 4)
        self.assertEqual(self.count(path), content)
        self.assertEqual(sorted(os.listdir(self.folder)), ["g.geode", "g.geode-lock"])
        outcome = self.check(self.geode("compact", path), out="")
        self.assertRegex(outcome.err, r"^\d+ bytes before, \d+ bytes after\n$")
        self.check(self.geode("compact", "-q", path), out="", err="")

    def test_a_copy_leaves_the_file_as_it_is(self):
        path = self.grown()
        before, content = os.path.getsize(path), self.count(path)
        copy = self.path("copy.geode")
        report = json.loads(self.check(self.geode("compact", path, "--output", copy, "--json")).out)
        self.assertEqual(report["bytes_before"], before)
        self.assertEqual(os.path.getsize(path), before)
        self.assertEqual(report["bytes_after"], os.path.getsize(copy))
        self.assertLess(os.path.getsize(copy), before / 4)
        self.assertEqual(self.count(copy), content)
        self.check(self.geode("compact", path, "--output", copy), code=1)
        self.assertEqual(self.count(copy), content)

    def test_what_cannot_be_compacted(self):
        self.check(self.geode("compact", self.path("missing.geode")), code=3, out="")
        self.check(self.geode("compact"), code=2)
        self.check(self.geode("compact", ":memory:"), code=2)
        path = self.write("notes.txt", "just text\n" * 2000)
        self.check(self.geode("compact", path), code=3)
        self.assertEqual(os.listdir(self.folder), ["notes.txt"])

    def test_a_database_that_is_open_elsewhere_is_left_alone(self):
        path = self.grown()
        before = os.path.getsize(path)
        other = subprocess.Popen([GEODE, "pipe", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 env=environment(), cwd=self.folder, text=True)
        try:
            def ask(query):
                other.stdin.write(json.dumps({"op": "run", "query": query}) + "\n")
                other.stdin.flush()
                return json.loads(other.stdout.readline())

            rows, inode = ask(COUNT)["rows"], os.stat(path).st_ino
            outcome = self.check(self.geode("compact", path), code=5, out="")
            self.assertIn("is open in another process (geode, pid %d)" % other.pid, outcome.err)
            self.assertIn("--output NEW", outcome.err)
            self.assertEqual(os.stat(path).st_ino, inode)
            # A copy can be made, and the other process compacts it itself.
            self.check(self.geode("compact", path, "--output", self.path("copy.geode")))
            answer = ask("CALL system.compact_storage() YIELD bytes_before, bytes_after, merges_left"
                         " RETURN bytes_after < bytes_before AS less, merges_left AS left")
            self.assertEqual(answer["rows"], [[True, 0]], answer)
            self.assertLess(os.path.getsize(path), before / 4)
            self.assertEqual(ask(COUNT)["rows"], rows)
            self.assertTrue(ask("INSERT (:N {id: 0})")["ok"])
            # Who opens the file now sees what that process writes.
            self.assertIn("501", self.count(path))
        finally:
            other.stdin.close()
            other.wait(timeout=30)
            other.stdout.close()

    def test_a_stray_copy_of_a_process_that_died_is_removed(self):
        path = self.grown()
        content = self.count(path)
        shutil.copy(path, path + "-compact")
        self.assertEqual(self.count(path), content)
        self.assertFalse(os.path.exists(path + "-compact"))

    def test_a_killed_process_leaves_the_database_whole(self):
        path = self.grown()
        content = self.count(path)
        for i in range(12):
            child = subprocess.Popen([GEODE, "compact", "-q", path], env=environment(), cwd=self.folder)
            time.sleep(0.003 * i)
            child.kill()
            child.wait()
            self.assertEqual(self.count(path), content)
            self.assertEqual(sorted(os.listdir(self.folder)), ["g.geode", "g.geode-lock"])


if __name__ == "__main__":
    unittest.main()
