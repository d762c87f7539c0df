#!/usr/bin/env python3
"""Makes the seeds of log_fuzz, archive_fuzz and database_fuzz: make_seeds.py GEODE"""

import pathlib
import subprocess
import sys
import tarfile
import tempfile

CORPUS = pathlib.Path(__file__).parent / "corpus"


def seed(target, name, kind, content):
    """The first number of an input, a u32, says what the target takes the rest for."""
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(kind.to_bytes(4, "little") + content)


def main():
    geode = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        data, archive, log = (str(folder / x) for x in ("seed.geode", "full.tar", "log.tar"))

        def run(*arguments):
            subprocess.run([geode, *arguments], check=True, stdout=subprocess.DEVNULL)

        run(data, "-c", "INSERT (:Person {id: 1})")
        run("change-log", "on", data)
        for statement in (
            "CREATE CONSTRAINT c FOR (p:Person) REQUIRE p.id IS UNIQUE",
            "INSERT (:Person {id: 2, name: 'Ada'})-[:Knows {since: 3}]->(:City {name: 'Oslo'})",
            "MATCH (p:Person {id: 2}) SET p.name = NULL, p:Old",
            "MATCH (c:City) DETACH DELETE c",
            "CREATE GRAPH other ANY",
        ):
            run(data, "-c", statement)
        run("wal-archive", data, "--since-checkpoint", "--output", log)
        run("backup", "create", data, "--output", archive)

        whole = pathlib.Path(log).read_bytes()
        seed("archive_fuzz", "log", 2, whole)
        seed("archive_fuzz", "tar_header", 1, whole[:512])
        with tarfile.open(log) as tar:
            json = tar.extractfile("geode-backup.json").read()
            segment = tar.extractfile(
                next(m for m in tar.getnames() if m.endswith(".gwal"))).read()
        seed("archive_fuzz", "log_header", 0, json)
        with tarfile.open(archive) as tar:
            seed("archive_fuzz", "full_header", 0, tar.extractfile("geode-backup.json").read())

    seed("log_fuzz", "segment", 2, segment)
    seed("log_fuzz", "segment_to_change", 3, segment)
    at = 84 + int.from_bytes(segment[12:16], "little")
    parts = segment[at:-20]
    seed("log_fuzz", "parts", 0, parts)
    for number in range(64):
        if not parts:
            break
        size = int.from_bytes(parts[:4], "little")
        # Number of operations, whether tables are loaded, the operations.
        seed("log_fuzz", f"record_{number}", 1, parts[44:45] + b"\0" + parts[48:size])
        parts = parts[size:]
    # Graph, on edges, a label that is not there, kind, keys, name.
    definition = bytes(4) + b"\1" + bytes(4) + b"\1\1\0\0\0" + bytes(4) + b"\1\0\0\0c"
    seed("log_fuzz", "constraint_on_unknown_label", 1,
         b"\1\0\x0e" + bytes([len(definition)]) + definition)
    (CORPUS / "database_fuzz").mkdir(exist_ok=True)
    (CORPUS / "database_fuzz" / "bytes").write_bytes(bytes(range(0, 42, 2)))
    (CORPUS / "database_fuzz" / "values").write_bytes(bytes(range(1, 43, 2)))


if __name__ == "__main__":
    main()
