#!/usr/bin/env python3
"""geode change-log, wal-archive and wal-replay: recovery to a point in time."""
import json
import os
import random
import subprocess
import time
import unittest

from cli import CliTest, GEODE, environment


class Wal(CliTest):
    def insert(self, data, *numbers):
        for number in numbers:
            self.check(self.geode("shell", data, "-q", "-c", "INSERT (:N {n: %d})" % number))

    def numbers(self, data):
        out = self.check(self.geode("shell", data, "-q", "--csv", "-c", "MATCH (n:N) RETURN n.n ORDER BY n.n")).out
        return [int(line) for line in out.splitlines()[1:]]

    def status(self, data):
        return json.loads(self.check(self.geode("change-log", "status", data, "--json")).out)

    def prepare(self):
        os.mkdir(self.path("data"))
        os.mkdir(self.path("wal"))
        self.insert("data", 0)
        self.check(self.geode("change-log", "on", "data"))
        self.check(self.geode("backup", "create", "--data-dir", "data", "--output", "full.tar.gz", "--compress"))

    def archive(self, name):
        return self.check(self.geode("wal-archive", "--data-dir", "data", "--since-checkpoint", "--output",
                                     os.path.join("wal", name), "--json"), err="").out

    def test_a_point_in_time(self):
        self.prepare()
        self.insert("data", 1, 2)
        time = self.status("data")["commit_time"]
        self.insert("data", 3)
        self.archive("b.tar.gz")
        self.insert("data", 4)
        second = json.loads(self.archive("a.tar.zst"))
        self.assertEqual((second["first_lsn"], second["last_lsn"]), (5, 5))
        self.assertEqual(second["archive"]["type"], "log")
        for name in ("wal/b.tar.gz", "wal/a.tar.zst"):
            self.check(self.geode("backup", "verify", name))
        self.check(self.geode("restore", "--input", "full.tar.gz", "--data-dir", "then", "-q"))
        out = json.loads(self.check(self.geode("wal-replay", "--wal-archive", "wal", "--target-time", time,
                                               "--data-dir", "then", "--json")).out)
        self.assertEqual((out["records"], out["lsn"], out["commit_time"]), (2, 3, time))
        self.assertIs(out["reached_target"], True)
        self.assertEqual(self.numbers("then"), [0, 1, 2])
        self.check(self.geode("verify", "then"), out="ok\n")
        self.check(self.geode("restore", "--input", "full.tar.gz", "--data-dir", "now", "-q"))
        self.check(self.geode("wal-replay", "--wal-archive", "wal", "--data-dir", "now", "-q"))
        self.assertEqual(self.numbers("now"), [0, 1, 2, 3, 4])
        self.assertNotEqual(self.status("now")["timeline"], self.status("data")["timeline"])

    def test_incremental_backups_and_restore_to_a_time(self):
        self.prepare()
        os.mkdir(self.path("chain"))
        os.rename(self.path("full.tar.gz"), self.path("chain/full.tar.gz"))

        def back_up(name, parent, *more, code=0):
            return self.check(self.geode("backup", "create", "--data-dir", "data", "--output", "chain/" + name, "--type",
                                         "incremental", "--parent", parent, *more, "--json"), code=code)
        self.insert("data", 1, 2)
        first = json.loads(back_up("first.tar.zst", "chain/full.tar.gz").out)
        self.assertEqual((first["type"], first["first_lsn"], first["lsn"]), ("incremental", 2, 3))
        self.assertEqual((first["parent"]["name"], first["parent"]["lsn"]), ("full.tar.gz", 1))
        time = self.status("data")["commit_time"]
        self.insert("data", 3)
        self.archive("1.tar.gz")
        self.assertIn("55X01", back_up("second.tar", "chain/first.tar.zst", code=1).err)
        second = json.loads(back_up("second.tar", "chain/first.tar.zst", "--wal-archive", "wal").out)
        self.assertEqual(second["parent"]["checksum"], first["checksum"])
        self.insert("data", 4)
        self.archive("2.tar.gz")
        listed = json.loads(self.check(self.geode("backup", "list", "chain", "--json")).out)["archives"]
        self.assertEqual([a["type"] for a in listed], ["full", "incremental", "incremental"])
        self.assertEqual([a.get("parent", {}).get("name") for a in listed], [None, "full.tar.gz", "first.tar.zst"])
        self.check(self.geode("backup", "verify", "chain/second.tar", "-q"), err="")

        def restore(to, *arguments):
            out = self.check(self.geode("restore", "--input", *arguments, "--data-dir", to, "--json")).out
            return json.loads(out)["replay"]
        self.assertEqual(restore("a", "chain/second.tar")["lsn"], 4)
        self.assertEqual(self.numbers("a"), [0, 1, 2, 3])
        self.assertEqual(restore("b", "chain/second.tar", "--wal-archive", "wal")["lsn"], 5)
        self.assertEqual(self.numbers("b"), [0, 1, 2, 3, 4])
        for to, source in (("c", "chain/second.tar"), ("e", "chain/first.tar.zst")):
            replay = restore(to, source, "--wal-archive", "wal", "--target-time", time)
            self.assertEqual((replay["lsn"], replay["commit_time"], replay["reached_target"]), (3, time, True))
            self.assertEqual(self.numbers(to), [0, 1, 2])
        self.check(self.geode("restore", "--input", "chain/first.tar.zst", "--data-dir", "d", "--target-time",
                              "2001-01-01T00:00:00Z"), code=1)
        self.assertFalse(os.path.exists(self.path("d")))
        os.remove(self.path("chain/full.tar.gz"))
        outcome = self.check(self.geode("restore", "--input", "chain/second.tar", "--data-dir", "d"), code=6)
        self.assertIn("'full.tar.gz' of commit 1", outcome.err)
        self.assertFalse(os.path.exists(self.path("d")))
        self.check(self.geode("backup", "verify", "chain/second.tar"), code=6)
        self.check(self.geode("backup", "verify", "--alone", "chain/second.tar"))

    def test_usage_of_incremental_backups(self):
        self.prepare()
        create = ("backup", "create", "--data-dir", "data", "--output", "x.tar")
        self.check(self.geode(*create, "--type", "incremental"), code=2)
        self.check(self.geode(*create, "--type", "full", "--parent", "full.tar.gz"), code=2)
        self.check(self.geode(*create, "--wal-archive", "wal"), code=2)
        self.insert("data", 1)
        self.archive("1.tar.gz")
        self.check(self.geode(*create, "--parent", "wal/1.tar.gz"), code=1)
        self.check(self.geode("restore", "--input", "wal/1.tar.gz", "y.geode"), code=1)

    def test_a_replay_is_seen_whole_or_not_at_all(self):
        self.prepare()
        statements = "".join("INSERT (:N {n: %d});\n" % n for n in range(1, 1501))
        self.check(self.geode("shell", "data", "-q", stdin=statements))
        self.archive("1.tar")
        before, after = [0], list(range(1501))
        replay = [GEODE, "wal-replay", "--wal-archive", self.path("wal"), self.path("back.geode"), "-q"]
        chance = random.Random(7)
        for round_ in range(12):
            self.check(self.geode("restore", "--force", "--input", "full.tar.gz", "back.geode", "-q"))
            child = subprocess.Popen(replay, env=environment(), stderr=subprocess.DEVNULL)
            if round_ % 2 == 0:
                time.sleep(chance.uniform(0, 0.04))
                child.kill()
            else:
                # Who opens it meanwhile waits.
                while child.poll() is None:
                    found = self.geode("shell", "back.geode", "-q", "--csv", "-c", "MATCH (n:N) RETURN count(*)")
                    self.assertEqual(found.code, 0, found)
                    self.assertIn(found.out.split()[1], ("1", "1501"))
                # Only the process that was first may have found it open.
                self.assertIn(child.returncode, (0, 5))
            child.wait()
            self.assertIn(self.numbers("back.geode"), (before, after))
        self.assertEqual(self.geode("wal-replay", "--wal-archive", "wal", "back.geode", "-q").code, 0)
        self.assertEqual(self.numbers("back.geode"), after)
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith(".geode-scratch-")], [])

    def test_nothing_to_archive_leaves_no_file(self):
        self.prepare()
        self.assertIsNone(json.loads(self.archive("none.tar.gz"))["archive"])
        self.assertEqual(os.listdir(self.path("wal")), [])

    def test_what_is_refused(self):
        self.prepare()
        for number in (1, 2, 3):
            self.insert("data", number)
            self.archive("%d.tar.gz" % number)
        self.check(self.geode("restore", "--input", "full.tar.gz", "--data-dir", "back", "-q"))
        replay = ("wal-replay", "--wal-archive", "wal", "--data-dir", "back")
        with self.subTest("a time that is none"):
            self.check(self.geode(*replay, "--target-time", "yesterday"), code=2)
        with self.subTest("a time before the backup"):
            self.check(self.geode(*replay, "--target-time", "2001-01-01T00:00:00Z"), code=1)
        with self.subTest("a gap"):
            os.rename(self.path("wal/2.tar.gz"), self.path("2.tar.gz"))
            self.assertIn("commits 3 to 3", self.check(self.geode(*replay), code=6).err)
        with self.subTest("damage"):
            with open(self.path("2.tar.gz"), "rb") as file:
                content = bytearray(file.read())
            content[len(content) // 2] ^= 4
            with open(self.path("wal/2.tar.gz"), "wb") as file:
                file.write(content)
            self.assertIn("2.tar.gz", self.check(self.geode(*replay), code=6).err)
        self.assertEqual(self.numbers("back"), [0])
        with self.subTest("a log that is off"):
            self.check(self.geode("shell", "other.db", "-q", "-c", "INSERT (:N)"))
            self.assertIn("55X01", self.check(self.geode("wal-archive", "other.db", "--output", "x.tar.gz"), code=1).err)
            self.assertFalse(os.path.exists(self.path("x.tar.gz")))


if __name__ == "__main__":
    unittest.main()
