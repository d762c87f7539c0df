#!/usr/bin/env python3
"""Rehearses the loss of a database and its recovery, and measures how long that takes and what is lost.

    packaging/recovery_drill.py --backup DIR [--wal-archive DIR] [--work DIR]
        restores the newest backup in DIR, goes on along the archived log, and verifies what comes out. Nothing in these
        folders is changed; the result is removed again.
    packaging/recovery_drill.py --self-test [--seconds N] [--work DIR]
        makes a database and a writer for it, takes full and incremental backups and archives the log while that goes on,
        kills the writer and takes the disk away, recovers to a point in time and to the end, and compares both with what
        the writer saw acknowledged.

RTO is the time from the loss until a verified database is in place. RPO is how much older its last commit is than the
moment of the loss, or, for existing backups, than now. --max-rto and --max-rpo give a limit in seconds. Exit status: 0
when all is right, 1 when a limit was exceeded, 6 when the recovery failed.

The program is $GEODE, or geode.
"""
import argparse
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

GEODE = os.environ.get("GEODE", "geode")


class Failed(Exception):
    pass


def geode(*arguments):
    """Runs a command, and gives its report where it makes one."""
    done = subprocess.run([GEODE, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed("geode %s: status %d\n%s" % (" ".join(arguments), done.returncode, done.stderr.strip()))
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def restore(backup, target, wal, moment=None):
    arguments = ["restore", "--input", backup, "--data-dir", target, "--json"]
    if wal:
        arguments += ["--wal-archive", wal]
    if moment:
        arguments += ["--target-time", moment]
    return geode(*arguments)["replay"]


def newest_backup(folder):
    backups = [archive for archive in geode("backup", "list", folder, "--json")["archives"]
               if archive["type"] in ("full", "incremental")]
    if not backups:
        raise Failed("there is no backup in %s" % folder)
    return max(backups, key=lambda archive: (archive["lsn"], archive["created_at"]))


def has_archives(folder):
    return bool(folder) and any(not name.startswith(".") for name in os.listdir(folder))


def recover(backups, wal, target):
    """Gives what was restored, and how long it took until it was known to be right."""
    began = time.monotonic()
    backup = newest_backup(backups)
    replay = restore(backup["file"], target, wal if has_archives(wal) else None)
    geode("verify", "--data-dir", target)
    return backup, replay, time.monotonic() - began


class Writer:
    """Inserts numbers, one commit each, and notes when each was acknowledged."""

    def __init__(self, data):
        self.acknowledged = []
        self.child = subprocess.Popen([GEODE, "pipe", data], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        number = 0
        try:
            while True:
                self.child.stdin.write(json.dumps({"op": "run", "query": "INSERT (:N {n: %d})" % number}) + "\n")
                self.child.stdin.flush()
                line = self.child.stdout.readline()
                if not line:
                    return
                if json.loads(line).get("ok"):
                    self.acknowledged.append(time.time())
                number += 1
                time.sleep(0.002)
        except (OSError, ValueError):
            return

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()
        self.thread.join()
        for stream in (self.child.stdin, self.child.stdout):
            try:
                stream.close()
            except OSError:
                pass


def numbers(data):
    out = geode("shell", data, "-q", "--csv", "-c", "MATCH (n:N) RETURN n.n ORDER BY n.n")
    return [int(line) for line in out.splitlines()[1:]]


def expect_prefix(data, replay, base):
    found = numbers(data)
    if found != list(range(replay["lsn"] - base)):
        raise Failed("%s holds %d numbers, which are not those of the first %d commits"
                     % (data, len(found), replay["lsn"] - base))
    return found


def self_test(work, seconds):
    data, backups, wal = (os.path.join(work, name) for name in ("data", "backups", "wal"))
    for folder in (data, backups, wal):
        os.mkdir(folder)
    geode("shell", data, "-q", "-c", "CREATE INDEX n FOR (n:N) ON (n.n)")
    geode("change-log", "on", data)
    base = geode("change-log", "status", data, "--json")["lsn"]
    full = os.path.join(backups, "full.tar.gz")
    geode("backup", "create", "--data-dir", data, "--output", full, "-q")
    writer = Writer(data)
    try:
        parent, steps = full, 4
        for step in range(steps):
            time.sleep(seconds / (steps + 1))
            increment = os.path.join(backups, "increment%d.tar.gz" % step)
            geode("backup", "create", "--data-dir", data, "--type", "incremental", "--parent", parent, "--wal-archive", wal,
                  "--output", increment, "-q")
            parent = increment
            geode("wal-archive", "--data-dir", data, "--output", os.path.join(wal, "%d.tar.gz" % step), "-q")
        time.sleep(seconds / (steps + 1))
    finally:
        writer.kill()
    loss = time.time()
    shutil.rmtree(data)

    there = os.path.join(work, "recovered")
    backup, replay, took = recover(backups, wal, there)
    found = expect_prefix(there, replay, base)
    # The middle of what was acknowledged.
    moment = writer.acknowledged[len(found) // 2]
    text = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    then = os.path.join(work, "point_in_time")
    replay_then = restore(full, then, wal, text)
    geode("verify", "--data-dir", then)
    found_then = expect_prefix(then, replay_then, base)
    # What was acknowledged by that time is there; the commit that was under way may be.
    acknowledged = sum(1 for at in writer.acknowledged if at <= moment)
    if not acknowledged <= len(found_then) <= acknowledged + 1:
        raise Failed("%d commits were acknowledged by %s, and %d are there" % (acknowledged, text, len(found_then)))
    lost = len(writer.acknowledged) - len(found)
    print("point in time: %s, %d commits, verified" % (text, len(found_then)))
    print("commits: %d acknowledged, %d recovered, %d behind the last archive" % (len(writer.acknowledged), len(found), lost))
    return backup, replay, took, loss


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backup", metavar="DIR", help="folder with backups")
    parser.add_argument("--wal-archive", metavar="DIR", help="folder with the archived change log")
    parser.add_argument("--work", metavar="DIR", help="where the database is restored; a temporary folder when left out")
    parser.add_argument("--self-test", action="store_true", help="rehearse with a database of its own")
    parser.add_argument("--seconds", type=float, default=10, help="how long the writer of --self-test writes")
    parser.add_argument("--max-rto", type=float, metavar="SECONDS")
    parser.add_argument("--max-rpo", type=float, metavar="SECONDS")
    arguments = parser.parse_args()
    if arguments.self_test == bool(arguments.backup):
        parser.error("give --backup DIR, or --self-test")
    with tempfile.TemporaryDirectory(prefix="geode-drill-", dir=arguments.work) as work:
        try:
            if arguments.self_test:
                backup, replay, took, loss = self_test(work, arguments.seconds)
            else:
                loss = time.time()
                backup, replay, took = recover(arguments.backup, arguments.wal_archive, os.path.join(work, "recovered"))
        except Failed as error:
            print("recovery failed: %s" % error, file=sys.stderr)
            return 6
    behind = max(0.0, loss - seconds_of(replay["commit_time"])) if replay["commit_time"] else float("inf")
    print("backup: %s (%s, LSN %d)" % (os.path.basename(backup["file"]), backup["type"], backup["lsn"]))
    print("last commit: %d at %s, %d applied from the log" % (replay["lsn"], replay["commit_time"], replay["records"]))
    print("RTO: %.2f s" % took)
    print("RPO: %.2f s" % behind)
    late = [name for name, value, limit in (("RTO", took, arguments.max_rto), ("RPO", behind, arguments.max_rpo))
            if limit is not None and value > limit]
    for name in late:
        print("%s is over its limit" % name, file=sys.stderr)
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
