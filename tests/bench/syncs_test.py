#!/usr/bin/env python3
"""A durable commit waits for two flushes, those of its pages and of the meta page, and for no more.

    syncs_test.py GEODE GEODE_WRITES

Counts system calls with strace, and is left out where that is not there or may not trace.
"""
import os, subprocess, sys, tempfile

import run as bench


def main():
    geode, writes = sys.argv[1:]
    if subprocess.run("strace -o /dev/null true", shell=True, stderr=subprocess.DEVNULL).returncode != 0:
        print("left out: strace is not there, or may not trace (apt-get install strace)")
        return 0
    with tempfile.TemporaryDirectory(prefix="geode-syncs-") as folder:
        database = os.path.join(folder, "social.geode")
        for statement in ("CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE",
                          "UNWIND range(1, 100000) AS i INSERT (:Person {id: i})"):
            subprocess.run([geode, database, "-c", statement], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Until what the second statement wrote is merged, in commits of its own.
        subprocess.run([writes, database, "--only", "INS1E", "--count", "100"], check=True, stdout=subprocess.DEVNULL)
        syncs = bench.syncs_per_commit(writes, database)
    print("%s flushes a commit" % syncs)
    # Merging what was written, now and then, commits too.
    return 0 if syncs is not None and 2 <= syncs <= 2.2 else 1


if __name__ == "__main__":
    sys.exit(main())
