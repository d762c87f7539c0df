#!/usr/bin/env python3
"""Loads a server as its users would: each reads a person ten times as often as it makes one, and pauses in between.

  load_test.py [geode://HOST] [--users 1000] [--spawn-rate 10] [--run-time 1h] [--processes N]

Users come at the spawn rate and stay. Each has a connection of its own, as each has in a program of its own. Figures are printed
every ten seconds, and all at the end: statements a second, percentiles of the time a user waits for an answer, errors
by their GQLSTATUS. Exit status 1 when more than --most-errors of the statements failed. It needs geode_client (bindings/python), and,
for a server with users, GEODE_USERNAME and GEODE_PASSWORD.

A process of this program drives some thousand statements a second; `late` tells how often a user came more than 100 ms too late to
ask, because this side was busy: with many, take more --processes, or another machine.
"""

import argparse
import asyncio
import collections
import json
import math
import multiprocessing
import os
import random
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "bindings", "python"))
from geode_client import GeodeError  # noqa: E402 - from the tree, unless it is installed
from geode_client.options import make, seconds  # noqa: E402
from geode_client.wire import Wire  # noqa: E402

READ = "MATCH (p:Person {id: $id}) RETURN p"
WRITE = "CREATE (p:Person {id: $id, name: $name})"
PEOPLE = 100_000  # whose ids are read; writers make those above
LATE = 0.1
# Durations are counted in steps of a twentieth from 10 us on.
STEP, SHORTEST = 1.05, 1e-5


class Figures:
    def __init__(self):
        self.counts = {"read": 0, "write": 0}
        self.steps = {"read": collections.Counter(), "write": collections.Counter()}
        self.longest = {"read": 0.0, "write": 0.0}
        self.errors = collections.Counter()
        self.late = self.users = 0

    def note(self, kind, duration):
        self.counts[kind] += 1
        self.steps[kind][max(0, math.ceil(math.log(max(duration, SHORTEST) / SHORTEST, STEP)))] += 1
        self.longest[kind] = max(self.longest[kind], duration)

    def add(self, other):
        for kind in self.counts:
            self.counts[kind] += other.counts[kind]
            self.steps[kind] += other.steps[kind]
            self.longest[kind] = max(self.longest[kind], other.longest[kind])
        self.errors += other.errors
        self.late += other.late
        self.users += other.users

    def percentile(self, kind, part):
        """Milliseconds, at most a twentieth too long; null without a statement."""
        left = part * self.counts[kind]
        for step, count in sorted(self.steps[kind].items()):
            left -= count
            if left <= 0:
                return round(min(SHORTEST * STEP**step, self.longest[kind]) * 1000, 3)
        return None

    def report(self, elapsed):
        answered, failed = sum(self.counts.values()), sum(self.errors.values())
        out = {"seconds": round(elapsed, 1), "users": self.users, "statements": answered, "per_second": round(answered / elapsed, 1),
               "errors": failed, "errors_by_status": dict(self.errors), "late": self.late}
        for kind, count in self.counts.items():
            out[kind] = {"statements": count, **{"p%g_ms" % (part * 100): self.percentile(kind, part) for part in (0.5, 0.95, 0.99)},
                         "longest_ms": round(self.longest[kind] * 1000, 3)}
        return out


async def user(options, number, settings, figures, end):
    """One who asks until the end; with a new connection where the last was lost."""
    chance = random.Random("%d %d" % (settings.seed, number))
    share = settings.reads / (settings.reads + settings.writes)
    wire = None
    figures.users += 1
    while (due := time.monotonic() + chance.uniform(*settings.wait)) < end:
        await asyncio.sleep(due - time.monotonic())
        begin = time.monotonic()
        figures.late += begin - due > LATE
        kind = "read" if chance.random() < share else "write"
        try:
            if wire is None or wire.broken:
                wire = await Wire.open(options)
            if kind == "read":
                await wire.execute(READ, {"id": chance.randint(1, PEOPLE)})
            else:
                await wire.execute(WRITE, {"id": chance.randint(PEOPLE + 1, 2 * PEOPLE), "name": "User_%d" % chance.randint(1, 10_000)})
            figures.note(kind, time.monotonic() - begin)
        except GeodeError as error:
            figures.errors[error.gqlstatus] += 1
    if wire is not None:
        await wire.close()


async def drive(options, settings, process, results):
    figures, begin = Figures(), time.monotonic()
    end = begin + settings.run_time
    tasks = []

    async def tell():
        while True:
            await asyncio.sleep(settings.every)
            results.put((process, figures))
    teller = asyncio.create_task(tell())
    for number in range(process, settings.users, settings.processes):
        pause = begin + number / settings.spawn_rate - time.monotonic()
        if begin + number / settings.spawn_rate >= end:
            break
        await asyncio.sleep(max(0, pause))
        tasks.append(asyncio.create_task(user(options, number, settings, figures, end)))
    await asyncio.gather(*tasks)
    teller.cancel()
    results.put((process, figures))
    results.put((process, None))


def run_process(options, settings, process, results):
    asyncio.run(drive(options, settings, process, results))


async def prepare(options, settings):
    """The people who are read, and the index they are found by."""
    wire = await Wire.open(options)
    await wire.execute("CREATE INDEX IF NOT EXISTS person_id FOR (p:Person) ON (p.id)", {})
    found = (await wire.execute("MATCH (p:Person) WHERE p.id <= $n RETURN count(p) AS n", {"n": PEOPLE})).value()
    for first in range(found + 1, settings.people + 1, 10_000):
        await wire.execute("FOR i IN range($a, $b) INSERT (:Person {id: i, name: 'User_' || toString(i)})",
                           {"a": first, "b": min(first + 9_999, settings.people)})
    await wire.close()


def duration(text):
    return float(text) if re.fullmatch(r"[0-9.]+", text) else seconds(text)


def arguments():
    parser = argparse.ArgumentParser(description="Loads a server as its users would")
    parser.add_argument("url", nargs="?", help="the server; without it $GEODE_URL, $GEODE_HOST or this machine's")
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--spawn-rate", type=float, default=10, help="users that come a second")
    parser.add_argument("--run-time", type=duration, default=3600.0, help="as 90s, 5m or 1h")
    parser.add_argument("--reads", type=float, default=10, help="weight of reading")
    parser.add_argument("--writes", type=float, default=1, help="weight of writing")
    parser.add_argument("--wait", type=float, nargs=2, default=(0.1, 0.5), metavar=("LEAST", "MOST"), help="seconds between two statements")
    parser.add_argument("--people", type=int, default=PEOPLE, help="persons that are there at the beginning")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most-errors", type=float, default=0.0, help="part of the statements that may fail")
    parser.add_argument("--json", action="store_true", help="the report as JSON, and nothing before it")
    settings = parser.parse_args()
    settings.every = min(10.0, settings.run_time)
    if min(settings.users, settings.spawn_rate, settings.run_time, settings.processes, settings.reads + settings.writes) <= 0:
        parser.error("users, spawn rate, run time, processes and weights are positive")
    return settings


def main():
    settings = arguments()
    try:
        options = make(settings.url, {"client_name": "load_test"})
        asyncio.run(prepare(options, settings))
    except GeodeError as error:
        sys.exit("load_test.py: %s" % error)
    results = multiprocessing.Queue()
    begin = time.monotonic()
    processes = [multiprocessing.Process(target=run_process, args=(options, settings, number, results), daemon=True)
                 for number in range(settings.processes)]
    for process in processes:
        process.start()
    latest, left, told = {}, set(range(settings.processes)), begin
    while left:
        process, figures = results.get(timeout=settings.run_time + 600)
        if figures is None:
            left.discard(process)
        else:
            latest[process] = figures
        if not settings.json and time.monotonic() - told >= settings.every and left:
            told = time.monotonic()
            print(line(total(latest).report(told - begin)), flush=True)
    elapsed = time.monotonic() - begin
    for process in processes:
        process.join()
    report = total(latest).report(elapsed)
    print(json.dumps(report) if settings.json else "\n".join([line(report), *rows(report)]))
    asked = report["statements"] + report["errors"]
    sys.exit(1 if asked == 0 or report["errors"] > settings.most_errors * asked else 0)


def total(latest):
    whole = Figures()
    for figures in latest.values():
        whole.add(figures)
    return whole


def line(report):
    return "%(seconds)8.1f s  %(users)d users  %(statements)d statements  %(per_second).1f/s  %(errors)d errors  %(late)d late" % report


def rows(report):
    for kind in ("read", "write"):
        yield "%-6s %9d  p50 %s ms  p95 %s ms  p99 %s ms  longest %s ms" % ((kind,) + tuple(report[kind].values()))
    for status, count in report["errors_by_status"].items():
        yield "error  %9d  %s" % (count, status)


if __name__ == "__main__":
    main()
