"""Commands of the executable (rows 100 to 112)."""

import os
import re
import shutil
import signal
import subprocess
import time

from feature import Feature


class Commands(Feature):
    def test_100_shell(self):
        self.serve()
        self.assertEqual(self.passes("geode", "shell", stdin="PING\n"), "PONG\n")
        # On a terminal it asks with a prompt that ends in "> ".
        talk = self.passes("script", "-qec", "geode shell --no-rc --color never", "/dev/null", stdin="PING\n\\quit\n", TERM="dumb",
                           ASAN_OPTIONS="fast_unwind_on_malloc=0")  # else LSAN_OPTIONS do not find who keeps what
        self.assertRegex(talk, r"> ")
        self.assertIn("PONG", talk)

    def test_101_shell_command(self):
        self.serve()
        begin = time.monotonic()
        self.bash('timeout 5 geode shell -c "PING" > /dev/null 2>&1')
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(self.run_command("geode", "shell", "-c", "MATCH (").code, 1)

    def test_103_ping(self):
        server = self.serve()
        self.assertEqual(self.passes("geode", "ping"), "PONG\n")
        self.stop(server)
        self.assertEqual(self.run_command("geode", "ping").code, 3)

    def test_104_health(self):
        server = self.serve()
        self.assertIn('"status":"healthy"', self.passes("/usr/local/bin/geode", "health"))
        self.assertIn('"version":', self.page("/health")[1])
        self.stop(server, signal.SIGKILL)
        self.assertNotEqual(self.run_command("/usr/local/bin/geode", "health").code, 0)

    def test_105_ready(self):
        server = self.serve()
        begin = time.monotonic()
        self.assertIn('"status":"ready"', self.passes("/usr/local/bin/geode", "ready"))
        self.assertLess(time.monotonic() - begin, 1)
        server.send_signal(signal.SIGUSR1)
        self.eventually(lambda: self.run_command("geode", "ready").code == 1, "not ready while it drains")


class Backups(Feature):
    """As an operator does them: no command says where the database is, the configuration does."""

    def setUp(self):
        super().setUp()
        os.makedirs("/etc/geode", exist_ok=True)
        with open("/etc/geode/geode.yaml", "w", encoding="utf-8") as file:
            file.write("storage:\n  data_dir: /var/lib/geode/data\n  wal_dir: /var/lib/geode/wal\n  checkpoint_interval: 1s\n")
        self.addCleanup(os.unlink, "/etc/geode/geode.yaml")
        shutil.rmtree("/var/lib/geode", ignore_errors=True)
        os.makedirs("/var/lib/geode")
        self.addCleanup(shutil.rmtree, "/var/lib/geode", ignore_errors=True)
        self.server = self.serve()

    def names(self):
        return [row["name"] for row in self.rows("MATCH (n:Kept) RETURN n.name AS name ORDER BY name")]

    def clear(self):
        self.stop(self.server)
        self.bash("rm -rf /var/lib/geode/data/* /var/lib/geode/wal/*")

    def test_107_backup_create(self):
        self.says("CREATE (:Kept {name: 'a'})")
        self.passes("geode", "backup", "create", "--output", "geode_full_1.tar.gz", "--compress")
        self.assertGreater(os.path.getsize(self.path("geode_full_1.tar.gz")), 0)
        self.assertIn("gzip", self.passes("file", "geode_full_1.tar.gz") if shutil.which("file") else "gzip")

    def test_108_backup_verify(self):
        self.says("CREATE (:Kept {name: 'a'})")
        self.passes("geode", "backup", "create", "--output", "full.tar.gz", "--compress")
        self.passes("geode", "backup", "verify", "--file", "full.tar.gz")
        with open(self.path("full.tar.gz"), "r+b") as file:
            file.seek(os.path.getsize(self.path("full.tar.gz")) // 2)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 0xFF]))
        self.assertNotEqual(self.run_command("geode", "backup", "verify", "--file", "full.tar.gz").code, 0)

    def test_109_wal_archive(self):
        self.says("CREATE (:Kept {name: 'a'})")
        self.passes("geode", "backup", "create", "--output", "full.tar.gz", "--compress")
        self.says("CREATE (:Kept {name: 'b'})")
        self.passes("geode", "wal-archive", "--since-checkpoint", "--output", "wal_1.tar.gz")
        self.assertRegex(self.passes("geode", "backup", "list", self.folder), r"(?m)^\S+  log  .*LSN 1 to 2 .*wal_1\.tar\.gz$")

    def test_110_restore(self):
        self.says("CREATE (:Kept {name: 'a'})")
        self.passes("geode", "backup", "create", "--output", "geode_full_20250124.tar.gz", "--compress")
        self.clear()
        self.passes("geode", "restore", "--input", "geode_full_20250124.tar.gz", "--data-dir", "/var/lib/geode/data")
        self.assertNotEqual(self.run_command("geode", "restore", "--input", "geode_full_20250124.tar.gz").code, 0)  # it is not empty
        self.server = self.serve()
        self.assertEqual(self.names(), ["a"])

    def test_111_wal_replay(self):
        self.says("CREATE (:Kept {name: 'a'})")
        self.passes("geode", "backup", "create", "--output", "full.tar.gz", "--compress")
        self.says("CREATE (:Kept {name: 'b'})")
        time.sleep(1.1)
        target = self.bash("date -u +%Y-%m-%dT%H:%M:%SZ").strip()
        time.sleep(1.1)
        self.says("CREATE (:Kept {name: 'c'})")
        os.mkdir(self.path("wal"))
        self.passes("geode", "wal-archive", "--since-checkpoint", "--output", "wal/wal_1.tar.gz")
        self.clear()
        self.passes("geode", "restore", "--input", "full.tar.gz")
        self.passes("geode", "wal-replay", "--wal-archive", "wal/", "--target-time", target, "--data-dir", "/var/lib/geode/data")
        self.server = self.serve()
        self.assertEqual(self.names(), ["a", "b"])

    def test_112_verify(self):
        """While the server runs, by another account than the server's where there is one."""
        self.says("CREATE (:Kept {name: 'a'})")
        self.passes("geode", "verify", "--data-dir", "/var/lib/geode/data")
        self.says("CREATE (:Kept {name: 'b'})")
        self.assertEqual(self.names(), ["a", "b"])
