"""geode backup create, verify and list, and geode restore."""

import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import tarfile
import time
import unittest

from cli import GEODE, CliTest, PipeProcess, environment

COUNT = "MATCH (n:N) RETURN count(*) AS n, sum(n.id) AS s"
ENDINGS = (".tar.gz", ".tgz", ".tar.zst", ".tar")
SEED = int(os.environ.get("GEODE_TEST_SEED", "7"))


class Backup(CliTest):
    def database(self, name="g.geode", count=3000):
        path = self.path(name)
        self.check(self.geode(path, "-c", "UNWIND range(1, %d) AS i INSERT (:N {id: i, text: 'text ' || CAST(i AS STRING)})"
                              % count))
        return path

    def count(self, path):
        return self.check(self.geode(path, "-c", COUNT)).out

    def names(self):
        return sorted(os.listdir(self.folder))

    def test_back_up_verify_and_restore(self):
        path = self.database()
        content = self.count(path)
        for ending in ENDINGS:
            archive, copy = self.path("a" + ending), self.path("copy" + ending)
            report = json.loads(self.check(self.geode("backup", "create", path, "--output", archive, "--json"), err="").out)
            with open(archive, "rb") as file:
                checksum = "sha256:" + hashlib.sha256(file.read()).hexdigest()
            self.assertEqual(report["schema"], "geode.backup-report/1")
            self.assertEqual(report["file"], archive)
            self.assertEqual(report["bytes"], os.path.getsize(archive))
            self.assertEqual(report["lsn"], 1)
            self.assertEqual(report["checksum"], checksum)
            self.assertEqual(os.stat(archive).st_mode & 0o7777, 0o600)
            for arguments in (["--file", archive], [archive]):
                out = self.check(self.geode("backup", "verify", *arguments), err="").out
                self.assertIn("\nChecksum: %s\n" % checksum, out)
                self.assertIn("\nLSN: 1\n", out)
            self.check(self.geode("backup", "verify", "--quick", archive, "-q"), out="", err="")
            self.check(self.geode("restore", "--input", archive, copy), err="")
            self.assertEqual(self.count(copy), content)

    def test_the_archive_is_an_ordinary_tar_file(self):
        path = self.database()
        for ending in (".tar.gz", ".tar"):
            archive = self.path("a" + ending)
            self.check(self.geode("backup", "create", path, "-o", archive, "-q"), out="", err="")
            with tarfile.open(archive) as tar:
                self.assertEqual(tar.getnames(), ["geode-backup.json", "database.geode", "manifest.json"])
                for member in tar:
                    self.assertTrue(member.isreg())
                    self.assertEqual(member.mode, 0o600)
                header = json.load(tar.extractfile("geode-backup.json"))
                manifest = json.load(tar.extractfile("manifest.json"))
                self.assertEqual(header["schema"], "geode.backup/1")
                self.assertEqual(header["type"], "full")
                for part in manifest["parts"]:
                    content = tar.extractfile(part["name"]).read()
                    self.assertEqual(len(content), part["size"])
                    self.assertEqual(hashlib.sha256(content).hexdigest(), part["sha256"])
                # What another program extracts is a database, too.
                with open(self.path("extracted.geode"), "wb") as file:
                    file.write(tar.extractfile("database.geode").read())
            self.assertEqual(self.count(self.path("extracted.geode")), self.count(path))

    def test_data_directories(self):
        os.mkdir(self.path("data"))
        content = self.count(self.database("data/database.geode"))
        archive = self.path("a.tar.gz")
        self.check(self.geode("backup", "create", "--data-dir", self.path("data"), "--output", archive))
        self.check(self.geode("restore", "--input", archive, "--data-dir", self.path("other")))
        self.assertEqual(self.count(self.path("other/database.geode")), content)
        outcome = self.check(self.geode("restore", "--input", archive, "--data-dir", self.path("other")), code=1)
        self.assertIn("is not empty", outcome.err)
        self.check(self.geode("restore", "--force", "--input", archive, "--data-dir", self.path("other")))
        os.mkdir(self.path("strange"))
        self.write("strange/file", "text")
        self.check(self.geode("restore", "--input", archive, "--data-dir", self.path("strange")), code=1)
        self.assertEqual(os.listdir(self.path("strange")), ["file"])
        self.check(self.geode("restore", "--input", self.path("none.tar"), "--data-dir", self.path("new")), code=3)
        self.assertFalse(os.path.exists(self.path("new")))
        self.check(self.geode("restore", "--input", archive), code=1)
        self.check(self.geode("backup", "create", self.path("data/database.geode"), "--data-dir", self.path("data"),
                              "-o", self.path("x")), code=2)

    def test_what_is_refused(self):
        path = self.database()
        self.check(self.geode("backup"), code=2)
        self.check(self.geode("backup", "create", path), code=2)
        self.check(self.geode("backup", "verify"), code=2)
        self.check(self.geode("backup", "create", self.path("none.geode"), "-o", self.path("a.tar")), code=3)
        self.check(self.geode("backup", "create", path, "-o", self.path("no/a.tar")), code=3)
        self.check(self.geode("backup", "create", path, "-o", self.path("a.tar"), "--type", "half"), code=2)
        archive = self.write("a.tar", "mine")
        self.check(self.geode("backup", "create", path, "-o", archive), code=1)
        with open(archive) as file:
            self.assertEqual(file.read(), "mine")
        self.check(self.geode("backup", "create", path, "-o", archive, "--force"))
        self.check(self.geode("backup", "verify", archive))
        self.assertEqual(self.names(), ["a.tar", "g.geode", "g.geode-lock"])

    def test_standard_output(self):
        path = self.database()
        done = subprocess.run([GEODE, "backup", "create", path, "--output", "-", "--compress"], capture_output=True,
                              env=environment(), timeout=60)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn(b"Checksum: sha256:" + hashlib.sha256(done.stdout).hexdigest().encode(), done.stderr)
        with open(self.path("a"), "wb") as file:
            file.write(done.stdout)
        self.check(self.geode("backup", "verify", self.path("a")))

    def test_list(self):
        path = self.database()
        self.assertEqual(json.loads(self.check(self.geode("backup", "list", self.folder, "--json")).out)["archives"], [])
        os.mkdir(self.path("b"))
        for ending in ENDINGS:
            self.check(self.geode("backup", "create", path, "-o", self.path("b/a" + ending)))
        self.write("b/notes.txt", "text")
        with open(self.path("b/a.tar.gz"), "rb") as file:
            self.write("b/short.tar.gz", file.read()[:-1])
        report = json.loads(self.check(self.geode("backup", "list", self.path("b"), "--json")).out)
        self.assertEqual(sorted(os.path.basename(a["file"]) for a in report["archives"]), sorted("a" + e for e in ENDINGS))
        self.assertEqual({a["lsn"] for a in report["archives"]}, {1})
        self.assertEqual(sorted(os.path.basename(o["file"]) for o in report["others"]), ["notes.txt", "short.tar.gz"])
        out = self.check(self.geode("backup", "list", self.path("b"))).out
        self.assertIn("notes.txt", out)
        self.assertEqual(len(out.splitlines()), 6)
        self.check(self.geode("backup", "list", self.path("none")), code=3)

    def test_damage_is_found_and_named(self):
        path = self.database(count=50)
        content = self.count(path)
        chance = random.Random(SEED)
        for ending in ENDINGS[1:]:
            archive = self.path("a" + ending)
            self.check(self.geode("backup", "create", path, "-o", archive))
            with open(archive, "rb") as file:
                bytes_ = file.read()
            for _ in range(12):
                at = chance.randrange(len(bytes_))
                damaged = bytearray(bytes_)
                damaged[at] ^= 1 << chance.randrange(8)
                self.write("damaged", bytes(damaged))
                outcome = self.check(self.geode("backup", "verify", self.path("damaged")), code=6, out="")
                self.assertIn("error[58X02]: ", outcome.err)
                self.check(self.geode("restore", "--force", "--input", self.path("damaged"), path), code=6, out="")
                self.check(self.geode("restore", "--input", self.path("damaged"), self.path("new")), code=6)
        self.assertEqual(self.count(path), content)
        self.assertFalse(os.path.exists(self.path("new")))

    def test_writers_of_other_processes_go_on(self):
        path = self.database(count=1)
        children = [subprocess.Popen([GEODE, path], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL, env=environment())
                    for _ in range(4)]
        for number, child in enumerate(children):
            child.stdin.write("".join("INSERT (:W {writer: %d, id: %d});\n" % (number, i)
                                      for i in range(1, 401)).encode())
            child.stdin.close()
        made = 0
        while any(child.poll() is None for child in children) or made < 3:
            archive, copy = self.path("a%d.tar" % made), self.path("c%d.geode" % made)
            report = json.loads(self.check(self.geode("backup", "create", path, "-o", archive, "--json")).out)
            self.check(self.geode("restore", "--input", archive, copy))
            rows = self.check(self.geode(copy, "--format", "csv", "-c",
                                         "MATCH (n:W) RETURN n.writer, count(*), min(n.id), max(n.id)")).out
            total = 0
            for line in rows.splitlines()[1:]:
                _, count, least, most = map(int, line.split(","))
                self.assertEqual((least, most), (1, count), rows)
                total += count
            # The first commit is that of the database itself.
            self.assertEqual(report["lsn"], total + 1)
            os.remove(archive)
            made += 1
        for child in children:
            self.assertEqual(child.wait(), 0)
        self.assertIn("1600", self.check(self.geode(path, "-c", "MATCH (n:W) RETURN count(*)")).out)

    def test_a_database_in_use_is_not_replaced(self):
        path = self.database()
        archive = self.path("a.tar.gz")
        self.check(self.geode("backup", "create", path, "-o", archive))
        other = PipeProcess(path)
        try:
            self.assertTrue(other.run("INSERT (:N {id: 0})")["ok"])
            outcome = self.check(self.geode("restore", "--force", "--input", archive, path), code=5, out="")
            self.assertIn("(geode, pid %d)" % other.process.pid, outcome.err)
            self.assertTrue(other.run("INSERT (:N {id: 0})")["ok"])
        finally:
            other.close()
        self.assertIn("3002", self.count(path))
        self.check(self.geode("restore", "--force", "--input", archive, path))
        self.assertIn("3000", self.count(path))

    def test_a_full_disk_leaves_things_as_they_were(self):
        path = self.database()
        archive = self.path("a.tar.zst")
        self.check(self.geode("backup", "create", path, "-o", archive))
        content, names = self.count(path), self.names()

        def limited(*arguments, room):
            # Without its signal a write beyond the limit fails, as on a disk with a quota.
            def limit():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            return subprocess.run([GEODE, *arguments], capture_output=True, env=environment(), preexec_fn=limit,
                                  restore_signals=False, timeout=60)

        for room in (0, 4096, 70000, 150000):
            done = limited("backup", "create", path, "-o", self.path("b.tar"), room=room)
            self.assertEqual(done.returncode, 7, done)
            done = limited("restore", "--input", archive, self.path("b.geode"), room=room)
            self.assertEqual(done.returncode, 7, done)
            done = limited("restore", "--force", "--input", archive, path, room=room)
            self.assertEqual(done.returncode, 7, done)
            self.assertEqual(self.names(), names)
        self.assertEqual(self.count(path), content)

    def test_killed_at_any_moment(self):
        path = self.database(count=20000)
        archive = self.path("a.tar")
        self.check(self.geode("backup", "create", path, "-o", archive))
        self.check(self.geode(path, "-c", "INSERT (:N {id: 0})"))
        contents = {self.count(path)}
        self.check(self.geode("restore", "--input", archive, self.path("old.geode")))
        contents.add(self.count(self.path("old.geode")))
        names = self.names()
        chance = random.Random(SEED)
        for arguments, made in ((["backup", "create", path, "-o", self.path("b.tar.gz")], "b.tar.gz"),
                                (["restore", "--input", archive, self.path("new.geode")], "new.geode"),
                                (["restore", "--force", "--input", archive, path], None)):
            for _ in range(10):
                child = subprocess.Popen([GEODE, *arguments, "-q"], env=environment())
                time.sleep(chance.uniform(0, 0.06))
                child.kill()
                child.wait()
                left = [name for name in self.names() if name not in names]
                # In the one moment between its two names the archive has a hidden one; a restore works in a
                # folder, which the next one removes.
                left = [name for name in left if not name.startswith((".geode-new-", ".geode-scratch-"))]
                self.assertIn(left, [[], [made]])
                if made in left and made.endswith(".gz"):
                    self.check(self.geode("backup", "verify", self.path(made)))
                elif made in left:
                    self.assertIn(self.count(self.path(made)), contents)
                    os.remove(self.path(made + "-lock"))
                for name in left:
                    os.remove(self.path(name))
                self.assertIn(self.count(path), contents)
        self.check(self.geode("restore", "--input", archive, self.path("last.geode")))
        self.assertEqual([name for name in self.names() if name.startswith(".geode-scratch-")], [])

    def test_what_a_killed_restore_left_is_no_content_of_a_folder(self):
        archive = self.path("a.tar")
        self.check(self.geode("backup", "create", self.database(), "-o", archive))
        os.makedirs(self.path("data/.geode-scratch-abcdef"))
        self.write("data/.geode-scratch-abcdef/database.geode", "half")
        self.check(self.geode("restore", "--input", archive, "--data-dir", self.path("data")))
        self.assertEqual(sorted(os.listdir(self.path("data"))), ["database.geode"])

    def test_interrupted(self):
        path = self.database(count=60000)
        names = self.names()
        for number in (signal.SIGINT, signal.SIGTERM):
            child = subprocess.Popen([GEODE, "backup", "create", path, "-o", self.path("b.tar.gz"), "-q"], env=environment(),
                                     stderr=subprocess.DEVNULL)
            time.sleep(0.02)
            child.send_signal(number)
            self.assertIn(child.wait(), (130, 0, -number))
            left = [name for name in self.names() if name not in names]
            if left:
                self.check(self.geode("backup", "verify", self.path("b.tar.gz")))
                os.remove(self.path("b.tar.gz"))


if __name__ == "__main__":
    unittest.main()
