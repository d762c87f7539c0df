"""Archives that somebody made to do harm are refused, soon, in little memory, and nothing is changed.

Those made with tarfile are what a program makes that knows tar; the others have a right seal and a right manifest, as one
that knows Geode's own form."""

import gzip
import hashlib
import io
import json
import os
import resource
import struct
import subprocess
import tarfile
import time
import unittest
import zlib

from cli import GEODE, CliTest, environment

# Of a machine that does nothing else; a build with sanitizers is many times slower, and tests run side by side.
SANITIZED = "asan" in subprocess.run(["ldd", GEODE], capture_output=True, text=True).stdout
SECONDS = 60 if SANITIZED else 5
BYTES = 256 << 20
ZEROS = bytes(1 << 20)


def header_of(name, size, mtime, kind=tarfile.REGTYPE, **more):
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode, info.type = size, mtime, 0o600, kind
    for key, value in more.items():
        setattr(info, key, value)
    return info.tobuf(tarfile.USTAR_FORMAT)


def padded(content):
    return content + bytes(-len(content) % 512)


def seal(body):
    """The last member of a gzip archive: an empty one with the SHA-256 of what is before it."""
    return (b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff" + struct.pack("<H", 36) + b"Gd" + struct.pack("<H", 32) +
            hashlib.sha256(body).digest() + b"\x03\x00" + bytes(8))


def compressed(tar, more=b"", times=0):
    """`tar` and then `more` so many times, which are never all in memory: a child begins with the size of its parent."""
    packer = zlib.compressobj(6, wbits=31)
    body = packer.compress(tar)
    for _ in range(times):
        body += packer.compress(more)
    body += packer.flush()
    return body + seal(body)


class Hostile(CliTest):
    def setUp(self):
        super().setUp()
        path = self.path("g.geode")
        self.check(self.geode(path, "-c", "UNWIND range(1, 100) AS i INSERT (:N {id: i})"))
        self.check(self.geode("backup", "create", path, "-o", self.path("good.tar"), "-q"))
        with open(self.path("good.tar"), "rb") as file:
            self.good = file.read()
        with tarfile.open(self.path("good.tar")) as tar:
            self.members = tar.getmembers()
            self.parts = {m.name: tar.extractfile(m).read() for m in self.members}
        self.time = self.members[0].mtime
        self.json = json.loads(self.parts["geode-backup.json"])

    # Archives in Geode's own form.

    def own(self, changes=None, database=None, header=None, parts=None, before=b"", between=b"", behind=b"", end=bytes(1024)):
        """Right in everything but what is asked for."""
        database = self.parts["database.geode"] if database is None else database
        about = dict(self.json, **(changes or {}))
        if "parts" not in (changes or {}):
            about["parts"] = [{"name": "database.geode", "size": len(database)}]
        text = json.dumps(about, indent=2).encode() + b"\n" if header is None else header
        parts = [("database.geode", database)] if parts is None else parts
        tar = before + header_of("geode-backup.json", len(text), self.time) + padded(text)
        listed = [("geode-backup.json", text)]
        for name, content in parts:
            tar += header_of(name, len(content), self.time) + padded(content) + between
            listed.append((name, content))
        manifest = json.dumps({"schema": "geode.backup-manifest/1",
                               "parts": [{"name": n, "size": len(c), "sha256": hashlib.sha256(c).hexdigest()}
                                         for n, c in listed]}, indent=2).encode() + b"\n"
        return tar + header_of("manifest.json", len(manifest), self.time) + padded(manifest) + behind + end

    def with_size(self, size, content):
        """The header says `size` bytes of database, and `content` is what comes."""
        about = dict(self.json, parts=[{"name": "database.geode", "size": size}])
        text = json.dumps(about).encode()
        if size < 1 << 33:
            block = header_of("database.geode", size, self.time)
        else:
            block = bytearray(header_of("database.geode", 0, self.time))
            block[124:136] = b"\x80" + size.to_bytes(11, "big")
            block[148:156] = b"        "
            block[148:156] = b"%06o\0 " % sum(block)
            block = bytes(block)
        return header_of("geode-backup.json", len(text), self.time) + padded(text) + block + content

    # Archives as tar makes them.

    def tar(self, *entries, form=tarfile.PAX_FORMAT):
        """Entries are names of parts, or TarInfo with content."""
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as tar:
            for entry in entries:
                if isinstance(entry, str):
                    info = tarfile.TarInfo(entry)
                    info.size, info.mtime, info.mode = len(self.parts[entry]), self.time, 0o600
                    tar.addfile(info, io.BytesIO(self.parts[entry]))
                else:
                    tar.addfile(entry[0], io.BytesIO(entry[1]))
        return out.getvalue()

    def entry(self, name, content=b"x", kind=tarfile.REGTYPE, link="", **more):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mtime, info.mode = kind, link, self.time, 0o600
        info.size = len(content) if kind == tarfile.REGTYPE else 0
        for key, value in more.items():
            setattr(info, key, value)
        return info, content if kind == tarfile.REGTYPE else b""

    def cases(self):
        parts = ("geode-backup.json", "database.geode", "manifest.json")
        outside = self.path("outside")
        names = ["../outside", "../../tmp/outside", outside, "/etc/passwd", "./database.geode", "database.geode/", "a/../../b",
                 "database.geode-lock", "log/../../outside", "log/1-2.gwal", "C:\\x", "n" * 90, "con\nman", "\x1b[2J", "."]
        for name in names:
            yield "first " + repr(name), self.tar(self.entry(name), *parts)
            yield "between " + repr(name), self.tar(parts[0], self.entry(name), *parts[1:])
        for name in names[:8]:
            content = self.parts["database.geode"]
            yield "listed " + repr(name), self.own({"parts": [{"name": name, "size": len(content)}]}, parts=[(name, content)])
        kinds = {"symbolic link": tarfile.SYMTYPE, "hard link": tarfile.LNKTYPE, "device": tarfile.CHRTYPE,
                 "block device": tarfile.BLKTYPE, "fifo": tarfile.FIFOTYPE, "folder": tarfile.DIRTYPE,
                 "contiguous": tarfile.CONTTYPE, "sparse": tarfile.GNUTYPE_SPARSE}
        for name, kind in kinds.items():
            yield name, self.tar(parts[0], self.entry("database.geode", kind=kind, link=outside), parts[2])
            yield name + " as header", self.tar(self.entry(parts[0], kind=kind, link=outside), *parts[1:])
        yield "symbolic link, then file", self.tar(parts[0], self.entry("database.geode", kind=tarfile.SYMTYPE, link=outside),
                                                   *parts[1:])
        yield "twice the header", self.tar(parts[0], *parts)
        yield "twice the database", self.tar(parts[0], parts[1], *parts[1:])
        yield "twice the manifest", self.tar(*parts, parts[2])
        yield "other order", self.tar(parts[0], parts[2], parts[1])
        yield "no manifest", self.tar(*parts[:2])
        yield "no database", self.tar(parts[0], parts[2])
        yield "manifest alone", self.tar(parts[2])
        yield "nothing", self.tar()
        yield "pax size", self.tar(parts[0], self.entry("database.geode", pax_headers={"size": "9999999999"}), parts[2])
        yield "pax path", self.tar(parts[0], self.entry("database.geode", pax_headers={"path": "../outside"}), parts[2])
        yield "pax sparse", self.tar(parts[0], self.entry("database.geode", pax_headers={
            "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 40)}), parts[2])
        yield "long name", self.tar(parts[0], self.entry("n" * 5000), *parts[1:], form=tarfile.GNU_FORMAT)
        yield "a million entries", compressed(self.own()[:-1024], header_of("x", 0, self.time) * 1000, 1000)
        yield "a million entries in front", compressed(b"", header_of("x", 0, self.time) * 1000, 1000)
        yield "nested gzip", gzip.compress(gzip.compress(self.good))
        yield "nested, sealed", compressed(compressed(self.own()))
        yield "tar in tar", self.own(parts=[("database.geode", self.good)], database=self.good)
        yield "more than its size", self.own(behind=ZEROS)
        yield "something between", self.own(between=bytes(512))
        yield "something before", self.own(before=bytes(512))
        yield "no end", self.own(end=b"")
        yield "half an end", self.own(end=bytes(512))
        yield "longer end", self.own(end=bytes(10240))
        yield "trailing junk", self.good + b"junk"
        yield "trailing junk, compressed", compressed(self.good) + b"junk"
        yield "trailing archive, compressed", compressed(self.good) + compressed(self.good)
        yield "trailing member, sealed", compressed(self.good + self.good)
        yield "without a seal", gzip.compress(self.good)
        yield "wrong seal", compressed(self.good)[:-30] + bytes(30)
        for at in (0, 1, 100, 512, 700, 1024, 5000, len(self.good) - 1):
            yield "cut at %d" % at, self.good[:at]
        for size in (0, 1, 4095, 1 << 32, 1 << 33, 1 << 40, 1 << 59):
            yield "size %d" % size, self.with_size(size, self.parts["database.geode"])
        for size in (-1, 1 << 61, 1 << 64, "1", None, 1.5):
            yield "size %r" % size, self.own({"parts": [{"name": "database.geode", "size": size}]})
        yield "twice listed", self.own({"parts": [{"name": "database.geode", "size": 1}] * 2})
        yield "a million parts", self.own({"parts": [{"name": "x", "size": 1}] * 20000})
        yield "unknown field", self.own({"path": "/etc/passwd"})
        yield "deep header", self.own(header=b"[" * 1000000)
        yield "long header", self.own(header=b" " * (2 << 20))
        yield "no JSON", self.own(header=b"\xff\xfe\x00")
        yield "other version", self.own({"format_version": 4000000000})
        yield "other time", self.own({"created_at": "2001-01-01T00:00:00Z"})
        yield "no database in it", self.own(database=b"text" * 5000)
        yield "zeros in it", self.own(database=bytes(1 << 20))
        yield "meta pages exchanged", self.own(database=self.parts["database.geode"][4096:8192] +
                                               self.parts["database.geode"][:4096] + self.parts["database.geode"][8192:])
        # 1000 : 1, of what is declared and of what is not.
        yield "bomb", compressed(self.with_size(1 << 29, b""), ZEROS, 512)
        yield "bomb without a size", compressed(self.own()[:-1024], ZEROS, 256)
        yield "bomb of a header", compressed(header_of("geode-backup.json", 1 << 28, self.time), ZEROS, 256)

    def test_all_are_refused(self):
        self.write("outside", "mine")
        target = self.path("target.geode")
        count = 0

        def state():
            return {name: (os.stat(self.path(name)).st_size, os.stat(self.path(name)).st_mtime_ns)
                    for name in sorted(os.listdir(self.folder)) if name != "case"}

        # What the program takes to begin, which is much when it was built with sanitizers.
        self.geode("--version")
        at_rest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        before = state()
        for name, content in self.cases():
            self.write("case", content)
            del content
            for command in (["restore", "--input", self.path("case"), target], ["backup", "verify", self.path("case")]):
                begin = time.monotonic()
                child = subprocess.Popen([GEODE, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
                                         cwd=self.folder)
                _, err = child.communicate(timeout=120)
                with self.subTest(case=name, command=command[0], err=err):
                    self.assertIn(child.returncode, (3, 6, 7))
                    self.assertLess(time.monotonic() - begin, SECONDS)
                    self.assertNotIn(b"\x1b", err)
                    self.assertEqual(state(), before)
            count += 1
        # Of the largest of all children, in KiB.
        self.assertLess((resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss - at_rest) << 10, BYTES)
        self.assertGreaterEqual(count, 60)

    def test_the_form_is_right_but_for_what_is_asked(self):
        """The archives above fail for their own reason only if this one does not."""
        for content in (self.own(), compressed(self.own()), compressed(self.good)):
            self.write("case", content)
            self.check(self.geode("backup", "verify", self.path("case")))

    def test_what_is_no_file(self):
        os.mkfifo(self.path("fifo"))
        os.mkdir(self.path("folder"))
        for name in ("fifo", "folder"):
            self.check(self.geode("backup", "verify", self.path(name)), code=6)
            self.check(self.geode("restore", "--input", self.path(name), self.path("target.geode")), code=6)
        self.check(self.geode("restore", "--input", "/dev/zero", self.path("target.geode")), code=6)
        os.symlink(self.path("outside"), self.path("target.geode"))
        self.check(self.geode("restore", "--input", self.path("good.tar"), self.path("target.geode")), code=1)
        self.check(self.geode("restore", "--force", "--input", self.path("good.tar"), self.path("target.geode")), code=1)
        self.assertFalse(os.path.exists(self.path("outside")))


if __name__ == "__main__":
    unittest.main()
