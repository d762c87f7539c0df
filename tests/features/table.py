#!/usr/bin/env python3
"""Runs the test of each promise, and prints a table: number, title, and pass, `cluster` or why it failed.

  table.py [--features FILE] [--list] [NUMBER...]

Numbers and titles are those of rows.txt, or of the tables in FILE, Markdown, whose last column says M for what must be. The test of
row 31 is a method whose name begins with test_031. Exit status 1 when one failed, or has no test. --list: only who has none.
"""

import argparse
import collections
import os
import re
import sys
import unittest

import machine

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = ["start_test", "configuration_test", "commands_test", "language_test", "security_test", "monitoring_test", "clients_test"]
SECTIONS = {"1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9", "1.10", "1.13"}

Row = collections.namedtuple("Row", "number title cluster")


def own_rows():
    with open(os.path.join(HERE, "rows.txt"), encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]
    rows = []
    for line in lines:
        number, title = line.split(" ", 1)
        rows.append(Row(int(number), title.removesuffix(": cluster"), title.endswith(": cluster")))
    return rows


def rows_of(path):
    """Those of the given document that must be; which of them need a cluster rows.txt knows."""
    clustered = {row.number for row in own_rows() if row.cluster}
    rows, section = [], ""
    with open(path, encoding="utf-8") as file:
        for line in file:
            if heading := re.match(r"#+ (\d+\.\d+)\b", line):
                section = heading.group(1)
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
            if section not in SECTIONS or len(cells) < 4 or not cells[0].isdigit():
                continue
            must = re.match(r"M\b", cells[-1]) or (section == "1.6" and "M" in re.findall(r"\bM\b", cells[-1]))
            if must:
                title = re.sub(r"[*`]", "", cells[1])
                rows.append(Row(int(cells[0]), title[:70], int(cells[0]) in clustered))
    return rows


def tests():
    """Number -> tests. Loading them needs no machine."""
    found = collections.defaultdict(list)

    def gather(suite):
        for each in suite:
            if isinstance(each, unittest.TestSuite):
                gather(each)
            elif number := re.match(r"test_(\d{3})", each.id().rsplit(".", 1)[1]):
                found[int(number.group(1))].append(each)
            else:
                raise ValueError("%s: %s" % (each.id(), getattr(each, "_exception", "belongs to no row")))
    sys.path.insert(0, HERE)
    gather(unittest.defaultTestLoader.loadTestsFromNames(MODULES))
    return found


class Outcomes(unittest.TestResult):
    """The reason of each row that did not pass."""

    def __init__(self):
        super().__init__()
        self.reasons, self.texts = {}, []

    def note(self, test, reason):
        if number := re.match(r"test_(\d{3})", test.id().rsplit(".", 1)[-1]):
            self.reasons.setdefault(int(number.group(1)), reason.strip().splitlines()[0][:150])

    def addError(self, test, err):
        super().addError(test, err)
        self.note(test, "%s: %s" % (err[0].__name__, err[1]))
        self.texts.append("%s\n%s" % (test.id(), self.errors[-1][1]))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note(test, str(err[1]) or err[0].__name__)
        self.texts.append("%s\n%s" % (test.id(), self.failures[-1][1]))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note(test, "not run: " + reason)


def main():
    parser = argparse.ArgumentParser(description="What is promised, row by row")
    parser.add_argument("--features", metavar="FILE", help="Markdown with the tables of promises; rows.txt when left out")
    parser.add_argument("--list", action="store_true", help="run nothing: tell which rows have no test")
    parser.add_argument("numbers", nargs="*", type=int, help="rows; all when left out")
    options = parser.parse_args()
    rows = rows_of(options.features) if options.features else own_rows()
    if options.numbers:
        rows = [row for row in rows if row.number in options.numbers]
    found = tests()
    missing = [row for row in rows if not row.cluster and row.number not in found]
    if not options.list:
        reason = machine.available() if machine.MARK not in os.environ else None
        if reason:
            print("there can be no machine of its own: " + reason)
            sys.exit(77)
        machine.enter()
        outcomes = Outcomes()
        unittest.TestSuite([test for row in rows for test in found.get(row.number, [])]).run(outcomes)
        print("\n".join(outcomes.texts), file=sys.stderr)
    counts = collections.Counter()
    for row in rows:
        state = "cluster" if row.cluster and row.number not in found else "no test" if row in missing else "pass"
        if state == "pass" and options.list:
            continue
        if state == "pass" and row.number in outcomes.reasons:
            state = "failed: " + outcomes.reasons[row.number]
        counts[state.partition(":")[0]] += 1
        print("%4d  %-70s  %s" % (row.number, row.title, state))
    print(", ".join("%d %s" % (count, state) for state, count in sorted(counts.items())))
    sys.exit(1 if counts["failed"] or counts["no test"] else 0)


if __name__ == "__main__":
    main()
