#!/usr/bin/env python3
"""The database of the present format version opens and verifies. Those of others are refused by name, and `geode upgrade`
makes the same of them, whenever it is ended on its way."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

GEODE = os.environ.get("GEODE", "geode")
PRESENT = "7"
OLDEST = 6
COUNT = "MATCH (n) RETURN count(*) AS n UNION ALL MATCH ()-[e]->() RETURN count(*) AS n"


def run(*arguments):
    return subprocess.run([GEODE, *arguments], capture_output=True, text=True, timeout=60)


CONTENT = (
    "MATCH (n) RETURN labels(n) AS l, properties(n) AS p",
    "MATCH (a)-[e]->(b) RETURN labels(a) AS s, type(e) AS t, properties(a) AS a, properties(e) AS p, properties(b) AS b",
    "SHOW INDEXES",
    "SHOW CONSTRAINTS",
)


def content(path):
    """Every answer, as text; None when one of them fails."""
    out = []
    for question in CONTENT:
        done = run("-q", path, "--format", "csv", "-c", question)
        if done.returncode != 0:
            print(question, done.stderr)
            return None
        out.append(sorted(done.stdout.splitlines()))
    return out


def check_upgrade(file, version, present, folder):
    """What is wrong with the upgrade of `file`, a line each."""
    wrong = []
    path = shutil.copy(file, os.path.join(folder, "old.geode"))
    before = open(path, "rb").read()

    def expect(holds, what, done=None):
        if not holds:
            wrong.append("%s: %s%s" % (file, what, "" if done is None else "\n" + done.stdout + done.stderr))

    done = run("-q", path, "-c", COUNT)
    expect("geode upgrade" in done.stderr, "the refusal names no command", done)
    done = run("upgrade", path, "--check")
    expect(done.returncode == 0 and "can be upgraded" in done.stdout, "--check", done)
    expect(open(path, "rb").read() == before, "--check changes the file")
    # Ended at some times on its way, it leaves the old file or the new one.
    for delay in (0.001, 0.004, 0.008, 0.015):
        process = subprocess.Popen([GEODE, "upgrade", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if open(path, "rb").read() != before:
            expect(run("verify", path).stdout == "ok\n", "what is left of a killed upgrade does not verify")
            shutil.copy(file, path)
    done = run("upgrade", path, "--keep")
    expect(done.returncode == 0 and "to " + PRESENT in done.stdout, "the upgrade fails", done)
    expect(open(path + ".v" + version, "rb").read() == before, "the file before was not kept")
    done = run("verify", path)
    expect(done.stdout == "ok\n", "the upgraded file does not verify", done)
    expect(content(path) == content(present), "the upgraded file holds something else")
    done = run("-q", path, "-c", "INSERT (:Added {x: 1}); MATCH (n:Added) RETURN n.x AS x")
    expect(done.returncode == 0 and done.stdout.endswith("x\n1\n"), "the upgraded file cannot be written", done)
    expect(run("verify", path).stdout == "ok\n", "it does not verify once it was written")
    done = run("upgrade", path)
    expect(done.returncode == 0 and "present" in done.stdout, "it is upgraded twice", done)
    expect(sorted(os.listdir(folder)) == sorted(["old.geode", "old.geode-lock", "old.geode.v" + version, "present.geode",
                                                 "present.geode-lock"]), "files are left: %s" % os.listdir(folder))
    # A damaged file is not upgraded, and stays.
    damaged = bytearray(before)
    for page in range(2, len(damaged) // 4096):
        damaged[page * 4096 + 10] ^= 0x55
    open(path, "wb").write(damaged)
    done = run("upgrade", path)
    expect(done.returncode in (3, 6), "a damaged file is upgraded", done)
    expect(open(path, "rb").read() == bytes(damaged), "the upgrade of a damaged file changes it")
    # What is in it can be salvaged as well.
    shutil.copy(file, path)
    done = run("salvage", path, "--output", os.path.join(folder, "saved.geode"))
    expect(done.returncode == 0 and "nothing was lost" in done.stdout, "it cannot be salvaged", done)
    expect(content(os.path.join(folder, "saved.geode")) == content(present), "what was salvaged is something else")
    return wrong


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
                if OLDEST <= int(version) < int(PRESENT):
                    os.remove(path)
                    os.remove(path + "-lock")
                    shutil.copy(os.path.join(os.path.dirname(file), "version%s.geode" % PRESENT),
                                os.path.join(folder, "present.geode"))
                    wrong = check_upgrade(file, version, os.path.join(folder, "present.geode"), folder)
                    failures += len(wrong)
                    print("\n".join(wrong))
                continue
            for done, expected in ((run("verify", path), "ok\n"), (run("-q", path, "-c", COUNT), "n\n9\n15\n")):
                if done.returncode != 0 or done.stdout != expected:
                    failures += 1
                    print("%s: exit %d\n%s%s" % (file, done.returncode, done.stdout, done.stderr))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
