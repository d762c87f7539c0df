#!/usr/bin/env python3
"""packaging/recovery_drill.py: a rehearsed loss, and what it says of backups that are there."""
import os
import re
import subprocess
import sys
import unittest

from cli import CliTest, environment

DRILL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../packaging/recovery_drill.py")


class RecoveryDrill(CliTest):
    def drill(self, *arguments, code=0):
        done = subprocess.run([sys.executable, DRILL, "--work", self.folder, *arguments], capture_output=True, text=True,
                              env=environment(), timeout=250)
        self.assertEqual(done.returncode, code, done)
        return done

    def test_a_loss_that_is_rehearsed(self):
        out = self.drill("--self-test", "--seconds", "1.5").stdout
        self.assertRegex(out, r"point in time: \S+, [1-9]\d* commits, verified\n")
        self.assertRegex(out, r"RTO: \d+\.\d\d s\nRPO: \d+\.\d\d s\n$")
        acknowledged, recovered, lost = map(int, re.search(r"commits: (\d+) acknowledged, (\d+) recovered, (-?\d+)", out).groups())
        self.assertEqual(acknowledged - recovered, lost)
        self.assertEqual(os.listdir(self.folder), [])

    def test_backups_that_are_there(self):
        os.mkdir(self.path("backups"))
        self.check(self.geode("g.geode", "-c", "INSERT (:N)"))
        self.check(self.geode("change-log", "on", "g.geode"))
        archive = self.path("backups/full.tar.gz")
        self.check(self.geode("backup", "create", "g.geode", "--output", archive))
        self.assertIn("backup: full.tar.gz (full, LSN 1)\n", self.drill("--backup", self.path("backups")).stdout)
        self.assertIn("RPO is over its limit", self.drill("--backup", self.path("backups"), "--max-rpo", "0", code=1).stderr)
        with open(archive, "rb") as file:
            content = bytearray(file.read())
        content[len(content) // 2] ^= 1
        with open(archive, "wb") as file:
            file.write(content)
        self.assertIn("58X02", self.drill("--backup", self.path("backups"), code=6).stderr)
        os.remove(archive)
        self.drill("--backup", self.path("backups"), code=6)
        self.drill(code=2)


if __name__ == "__main__":
    unittest.main()
