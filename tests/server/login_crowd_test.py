#!/usr/bin/env python3
"""Who tries passwords: what it costs the server, whom else it keeps waiting, and what he learns of who is a user.

    login_crowd_test.py [--logins N] [--samples N] [--times]

The defaults are small; the figures of the documentation are of 1000 and 2000, with --times, on a machine that does nothing else.
"""

import argparse
import math
import os
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from checks import allow_descriptors, check, exit_status
from wire import HELLO, SANITIZED, STATUS, Client, Failed, Server, decode

PASSWORD = "the right one"


def address(network, number):
    return "127.%d.%d.%d" % (network, number // 250, number % 250 + 1)


def hello(user, password):
    return {1: user, 2: password}


def answer_to(client, user, password):
    """The bytes of the status that a login ends with."""
    client.send(HELLO, hello(user, password))
    return client.receive()[STATUS][0]


class Watch:
    """What happens while others log in: the most memory, and the times of a statement of an open session."""

    def __init__(self, server, client):
        self.server, self.client = server, client
        self.most_kib, self.times, self.ends = server.memory_kib(), [], False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ends:
            self.most_kib = max(self.most_kib, self.server.memory_kib())
            begin = time.monotonic()
            # Never the text of before: that would be asked of the thread of input, and not of those that might be busy.
            self.client.execute("RETURN %d" % len(self.times))
            self.times.append(time.monotonic() - begin)
            time.sleep(0.005)

    def end(self):
        self.ends = True
        self.thread.join()


def crowd(server, context, what, count, before, account_of, address_of, good):
    """`count` logins at once that are wrong, and meanwhile those of `good`: (user, address) each. `before`: KiB of memory."""
    bad = [Client(server, context=context, hello=False, source=address_of(i)) for i in range(count)]
    # From an address that is no part of it, as its owner.
    client = Client(server, context=context, hello=False)
    client.ask(HELLO, hello("admin", PASSWORD))
    watch = Watch(server, client)
    begin = time.monotonic()
    for i, each in enumerate(bad):
        each.send(HELLO, hello(account_of(i), "wrong"))
    times = []
    for user, source in good:
        mine = Client(server, context=context, hello=False, source=source)
        start = time.monotonic()
        mine.ask(HELLO, hello(user, PASSWORD))
        times.append(time.monotonic() - start)
        mine.close()
    answers = set(bytes(each.receive()[STATUS][0]) for each in bad)
    took = time.monotonic() - begin
    watch.end()
    client.close()
    for each in bad:
        each.close()
    check(len(answers) == 1 and decode(answers.pop())[1] == [b"28000"], "%s: %d wrong logins, one answer, %.1f s" % (what, count, took))
    check(SANITIZED or watch.most_kib - before <= 256 * 1024, "%s: %.0f MiB more memory than idle" % (what, (watch.most_kib - before) / 1024))
    check(SANITIZED or max(times) <= 2, "%s: right logins meanwhile took %s ms" % (what, ["%.0f" % (each * 1000) for each in times]))
    slowest = sorted(watch.times)[len(watch.times) * 99 // 100]
    check(SANITIZED or slowest <= 0.5, "%s: p99 of %d statements of another meanwhile: %.0f ms" % (what, len(watch.times), slowest * 1000))


def welch(one, other):
    spread = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    return (statistics.mean(one) - statistics.mean(other)) / math.sqrt(spread)


def who_is_a_user(server, context, samples, judges_times):
    """Whether an answer tells apart who is a user, who was one, and who is none."""
    kinds = {"known": "ann", "suspended": "off", "unknown": "nob"}
    times, answers = {kind: [] for kind in kinds}, set()
    for i in range(samples):
        # Each from an address of its own, and each kind as often first as last.
        order = list(kinds)[i % 3:] + list(kinds)[:i % 3]
        for kind in order:
            client = Client(server, context=context, hello=False, source=address(8 + order.index(kind), i))
            begin = time.monotonic()
            answers.add(bytes(answer_to(client, kinds[kind], "wrong")))
            times[kind].append(time.monotonic() - begin)
            client.close()
    right = Client(server, context=context, hello=False, source=address(7, 1))
    answers.add(bytes(answer_to(right, "off", PASSWORD)))
    right.close()
    check(len(answers) == 1, "known, unknown and suspended users are told the same, byte for byte")
    if not judges_times:
        return
    for one, other in (("known", "unknown"), ("known", "suspended"), ("suspended", "unknown")):
        t = welch(times[one], times[other])
        check(abs(t) < 4.5, "%s %.2f ms, %s %.2f ms, %d samples each: Welch t = %.2f" % (
            one, statistics.mean(times[one]) * 1000, other, statistics.mean(times[other]) * 1000, samples, t))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--logins", type=int, default=60)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--times", action="store_true", help="judge how long answers take, too")
    arguments = parser.parse_args()
    allow_descriptors(arguments.logins + 100)
    with tempfile.TemporaryDirectory(prefix="geode-logins-") as folder:
        server = Server(folder, "--max-connections", str(arguments.logins + 50))
        try:
            context = server.tls()
            client = Client(server, context=context)
            for statement in ("CREATE USER admin WITH PASSWORD '%s' ROLE administrator", "CREATE USER ann WITH PASSWORD '%s' ROLE reader",
                              "CREATE USER off WITH PASSWORD '%s' ROLE reader"):
                client.execute(statement % PASSWORD)
            client.execute("ALTER USER off SET STATUS SUSPENDED")
            client.close()
            known = Client(server, context=context, hello=False)
            known.ask(HELLO, hello("ann", PASSWORD))
            known.close()
            before = server.memory_kib()
            crowd(server, context, "one address, many accounts", arguments.logins, before, lambda i: "user%d" % i,
                  lambda i: address(2, 0), [("ann", "127.0.0.1"), ("ann", address(3, 0)), ("admin", address(3, 1))])
            crowd(server, context, "many addresses, one account", arguments.logins, before, lambda i: "ann",
                  lambda i: address(4, i), [("ann", "127.0.0.1"), ("admin", "127.0.0.1")])
            crowd(server, context, "many addresses, many accounts", arguments.logins, before, lambda i: "user%d" % i,
                  lambda i: address(5, i), [("ann", "127.0.0.1"), ("admin", "127.0.0.1")])
            who_is_a_user(server, context, arguments.samples, arguments.times)
            try:
                late = Client(server, context=context, hello=False, source=address(6, 0))
                late.ask(HELLO, hello("ann", PASSWORD))
                late.close()
            except Failed as error:
                check(False, "nobody is locked out afterwards: %s" % error)
            check(" ERROR " not in server.log(), "no error in the log")
        finally:
            server.kill()
    return exit_status()


if __name__ == "__main__":
    sys.exit(main())
