#!/usr/bin/env python3
"""The database of the present format version opens and verifies; those of others are refused by name."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

GEODE = os.environ.get("GEODE", "geode")
PRESENT = "7"
COUNT = "MATCH (n) RETURN count(*) AS n UNION ALL MATCH ()-[e]->() RETURN count(*) AS n"


def run(*arguments):
    return subprocess.run([GEODE, *arguments], capture_output=True, text=True, timeout=60)


def main():
    files = sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "version*.geode")))
    failures = 0 if files else 1
    for file in files:
        with tempfile.TemporaryDirectory(prefix="geode-formats-") as folder:
            path = shutil.copy(file, folder)
            version = os.path.basename(file)[len("version"):-len(".geode")]
            if version != PRESENT:
                done = run("-q", path, "-c", COUNT)
                if done.returncode != 3 or "has format version " + version not in done.stderr:
                    failures += 1
                    print("%s: exit %d\n%s%s" % (file, done.returncode, done.stdout, done.stderr))
                continue
            for done, expected in ((run("verify", path), "ok\n"), (run("-q", path, "-c", COUNT), "n\n9\n15\n")):
                if done.returncode != 0 or done.stdout != expected:
                    failures += 1
                    print("%s: exit %d\n%s%s" % (file, done.returncode, done.stdout, done.stderr))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
