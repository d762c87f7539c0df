#!/usr/bin/env python3
"""Stops and drains a server under load, again and again: nothing acknowledged is lost, and it is over soon.

    stop_cycles_test.py [--cycles N] [--seed N]

Each cycle of SIGTERM has writers that never pause: single statements, and transactions of several. Every second cycle drains
first (SIGUSR1): /ready says so, no new client comes in, and those that are connected go on.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wire import BEGIN, COMMIT, Client, Failed, Server, decode, integer

WRITERS = 6
STOP_SECONDS, READY_SECONDS = 5, 1


class Writer(threading.Thread):
    """Inserts nodes with numbers of its own, by ones or by threes; what was acknowledged, and what may be there."""

    def __init__(self, server, number, cycle, in_transactions):
        super().__init__()
        self.client = Client(server)
        self.next = (cycle * WRITERS + number) * 1_000_000
        self.in_transactions = in_transactions
        self.acknowledged, self.tried = [], []
        self.problem = None

    def insert(self):
        self.next += 1
        self.client.execute("INSERT (:Written {id: $id})", {"id": integer(self.next)})
        return self.next

    def run(self):
        try:
            while True:
                group = [self.next + i for i in range(1, 4 if self.in_transactions else 2)]
                self.tried.append(group)
                if self.in_transactions:
                    self.client.ask(BEGIN, {})
                for _ in group:
                    self.insert()
                if self.in_transactions:
                    self.client.ask(COMMIT, {})
                self.acknowledged.append(group)
        except (OSError, ConnectionError):
            pass
        except Failed as error:
            # Refused, because the server stops, or rolled back with it.
            if error.gqlstatus not in ("08X04", "40000", "57X01"):
                self.problem = str(error)
        finally:
            self.client.close()


def ready(server):
    try:
        with urllib.request.urlopen(server.pages + "/ready", timeout=10) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False


def seconds_until(condition, most):
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > most:
            return None
        time.sleep(0.002)
    return time.monotonic() - begin


def drain(server, writers, problems):
    server.process.send_signal(signal.SIGUSR1)
    if seconds_until(lambda: not ready(server), READY_SECONDS) is None:
        problems.append("still ready a second after SIGUSR1")
    if seconds_until(lambda: not connects(server), READY_SECONDS) is None:
        problems.append("new clients come in after SIGUSR1")
    before = [len(writer.acknowledged) for writer in writers]
    if seconds_until(lambda: all(len(w.acknowledged) > n for w, n in zip(writers, before)), 10) is None:
        problems.append("clients that were connected do not go on after SIGUSR1")


def connects(server):
    try:
        Client(server).close()
        return True
    except OSError:
        return False


def check(server, groups, problems):
    """All of what was acknowledged is there, and of the rest whole transactions."""
    client = Client(server)
    found = {row_integer(row[0]) for row in client.execute("MATCH (w:Written) RETURN w.id")}
    client.close()
    for acknowledged, tried in groups:
        for group in acknowledged:
            if not found.issuperset(group):
                problems.append("%s was acknowledged and is lost" % group)
        for group in tried:
            if 0 < len(found.intersection(group)) < len(group):
                problems.append("of %s a part is there" % group)


def row_integer(value):
    zigzag = decode(value).get(1, [0])[0]
    return zigzag >> 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cycles", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    problems, groups, slowest, written = [], [], 0, 0
    with tempfile.TemporaryDirectory(prefix="geode-stop-") as folder:
        server = Server(folder)
        try:
            client = Client(server)
            client.execute("CREATE CONSTRAINT c FOR (w:Written) REQUIRE w.id IS UNIQUE")
            client.close()
            for cycle in range(arguments.cycles):
                writers = [Writer(server, i, cycle, i % 2 == 1) for i in range(WRITERS)]
                for writer in writers:
                    writer.start()
                time.sleep(chance.uniform(0.02, 0.3))
                if cycle % 2 == 1:
                    drain(server, writers, problems)
                code, seconds = server.stop(signal.SIGTERM)
                slowest = max(slowest, seconds)
                if code != 0 or seconds > STOP_SECONDS:
                    problems.append("cycle %d: exit status %d after %.1f s" % (cycle, code, seconds))
                for writer in writers:
                    writer.join()
                    problems += [writer.problem] if writer.problem else []
                    groups.append((writer.acknowledged, writer.tried))
                    written += len(writer.acknowledged)
                server = Server(folder)
                check(server, groups[-WRITERS:], problems)
            check(server, groups, problems)
        finally:
            server.kill()
    for problem in problems[:20]:
        print("FAILED  " + problem)
    print("%d cycles, %d commits acknowledged, %d problems; the slowest stop took %.2f s" % (
        arguments.cycles, written, len(problems), slowest))
    return 1 if problems or written == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
