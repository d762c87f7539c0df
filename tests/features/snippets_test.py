"""The guides' scripts, as they are written there, on a machine whose services, nodes and store are stand-ins (machine/)."""

import asyncio
import glob
import importlib.util
import os
import shutil
import sys

from feature import CERTIFICATE, Feature, packaged
from machine import HERE, ROOT
from start_test import release

SNIPPETS = os.path.join(HERE, "snippets")
CONFIGURATION = "storage:\n  data_dir: /var/lib/geode/data\n  wal_dir: /var/lib/geode/wal\n"


class Snippets(Feature):
    def setUp(self):
        """An installed server, as the deployment guide leaves it; it runs from /opt, as the operations guide has it."""
        super().setUp()
        if self.run_command("id", "geode").code != 0:
            self.passes("useradd", "--system", "--home-dir", "/var/lib/geode", "--shell", "/usr/sbin/nologin", "geode")
        for folder in ("/var/lib/geode", "/etc/geode", "/opt/geode", "/backup", "/backups"):
            shutil.rmtree(folder, ignore_errors=True)
            self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        for folder in ("/etc/geode", "/backup", "/backups/geode/incremental", "/etc/systemd/system"):
            os.makedirs(folder, exist_ok=True)
        self.archive = release(self.folder)
        self.passes("tar", "xzf", self.archive, "-C", "/opt")
        with open("/etc/geode/geode.yaml", "w", encoding="utf-8") as file:
            file.write(CONFIGURATION)
        with open("/etc/systemd/system/geode.service", "w", encoding="utf-8") as file:
            file.write(packaged("systemd", "geode.service").replace("/usr/local/bin/geode", "/opt/geode/zig-out/bin/geode"))
        self.addCleanup(self.run_command, "systemctl", "stop", "geode")
        self.passes("systemctl", "start", "geode")
        os.symlink("/usr/local/bin/geode", self.path("geode"))
        # A pause of a script is for machines that take their time.
        self.write("bin/sleep", '#!/bin/sh\nexec /bin/sleep 0.2\n')
        os.chmod(self.path("bin/sleep"), 0o755)

    def script(self, name, *arguments, stdin=""):
        return self.run_command("bash", os.path.join(SNIPPETS, name), *arguments, stdin=stdin, timeout=200,
                                PATH=self.path("bin") + ":" + os.environ["PATH"])

    def names(self):
        return [row["name"] for row in self.rows("MATCH (n:Kept) RETURN n.name AS name ORDER BY name")]

    def test_health_check(self):
        done = self.script("health_check.sh")
        self.assertIn("PASS: Connectivity check\n", done.out)
        self.assertIn("PASS: Query performance (", done.out)
        self.passes("systemctl", "stop", "geode")
        self.assertIn("FAIL: Cannot connect to Geode\n", self.script("health_check.sh").out)

    def test_backups_and_recovery(self):
        self.says("CREATE (:Kept {name: 'a'})")
        daily = self.script("daily_backup.sh")
        self.assertEqual(daily.code, 0, daily)
        (full,) = glob.glob("/backups/geode/geode_full_*.tar.gz")
        self.assertTrue(os.path.exists("/srv/s3/backups/geode/full/" + os.path.basename(full)))
        self.says("CREATE (:Kept {name: 'b'})")
        hourly = self.script("hourly_incremental.sh")
        self.assertEqual(hourly.code, 0, hourly)
        self.assertEqual(len(os.listdir("/srv/s3/backups/geode/wal")), 1)
        # The full restore of the guide, then its recovery up to the newest commit.
        os.rename(full, "/backups/geode/geode_full_20250124.tar.gz")
        restore = ('systemctl stop geode\nrm -rf /var/lib/geode/data/*\nrm -rf /var/lib/geode/wal/*\n'
                   './geode restore \\\n--input "/backups/geode/geode_full_20250124.tar.gz" \\\n--data-dir /var/lib/geode/data\n')
        start = "systemctl start geode\n./geode verify --data-dir /var/lib/geode/data\n"
        self.bash("set -e\n" + restore + start)
        self.assertEqual(self.names(), ["a"])
        self.bash("set -e\n" + restore + './geode wal-replay \\\n--wal-archive /srv/s3/backups/geode/wal/ \\\n'
                  '--target-time "2999-01-24T15:30:00Z" \\\n--data-dir /var/lib/geode/data\n' + start)
        self.assertEqual(self.names(), ["a", "b"])

    def test_rolling_upgrade_and_disaster_recovery(self):
        self.says("CREATE (:Kept {name: 'a'})")
        # The next version is the same executable under its name: one that calls itself 0.1.4 there is not yet.
        shutil.copy(self.archive, self.path("geode-0.1.4.tar.gz"))
        done = self.script("rolling_upgrade.sh")
        self.assertEqual(done.code, 0, done)
        self.assertEqual(done.out.count("upgraded successfully"), 3)
        self.assertIn("Rolling upgrade complete", done.out)
        self.assertEqual(self.names(), ["a"])
        (backup,) = glob.glob("/backup/geode-*.tar.gz")
        os.mkdir("/backup/geode")  # where the other script looks
        shutil.copy(backup, "/backup/geode")
        self.says("CREATE (:Kept {name: 'later'})")
        date = os.path.basename(backup)[len("geode-"):-len(".tar.gz")]
        self.assertEqual(self.script("disaster_recovery.sh").code, 1)
        self.assertIn("Cancelled", self.script("disaster_recovery.sh", date, stdin="no\n").out)
        recovered = self.script("disaster_recovery.sh", date, stdin="yes\n")
        self.assertEqual(recovered.code, 0, recovered)
        self.assertIn("Geode is ready!", recovered.out)
        self.assertEqual(self.names(), ["a"])
        self.passes("geode", "verify", "--data-dir", "/var/lib/geode/data")

    def test_failover(self):
        sys.path.insert(0, os.path.join(ROOT, "bindings", "python"))
        place = importlib.util.spec_from_file_location("failover", os.path.join(SNIPPETS, "failover.py"))
        failover = importlib.util.module_from_spec(place)
        place.loader.exec_module(failover)
        os.environ["GEODE_TLS_CA"] = "/var/lib/geode/data/" + CERTIFICATE.removeprefix("data/")
        self.addCleanup(os.environ.pop, "GEODE_TLS_CA")
        manager = failover.FailoverManager("localhost:3199", ["localhost:3198", "localhost:3141"])
        self.assertEqual(asyncio.run(manager.failover()), "localhost:3141")
        self.assertEqual(manager.current_host, "localhost:3141")
        manager.replicas = []
        with self.assertRaisesRegex(Exception, "No healthy"):
            asyncio.run(manager.failover())
