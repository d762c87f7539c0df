#!/usr/bin/env python3
"""Runs build/coverage's syntax_coverage and says which lines of libgeode/src/gql/syntax ran.

  report.py BUILD [--at-least PERCENT] [--lines]

Prints lines run, lines and percent of each file, the total last; --lines adds the lines that did not run. Exit status 1
when a test fails or less than PERCENT of all lines ran.
"""
import argparse
import glob
import json
import os
import subprocess
import sys


def counts_of(folder):
    """{file: {line: times}} of all counted objects under `folder`."""
    files = {}
    for data in glob.glob(os.path.join(folder, "**", "*.gcda"), recursive=True):
        done = subprocess.run(["gcov", "--json-format", "--stdout", os.path.abspath(data)], cwd=folder,
                              capture_output=True, text=True, check=True)
        for document in done.stdout.splitlines():
            for file in json.loads(document)["files"]:
                path = os.path.normpath(os.path.join(folder, file["file"]))
                place = path.find("gql/syntax/")
                if place < 0 or "tests/" in path:
                    continue
                lines = files.setdefault(path[place:], {})
                for line in file["lines"]:
                    number = line["line_number"]
                    lines[number] = lines.get(number, 0) + line["count"]
    return files


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("build")
    arguments.add_argument("--at-least", type=float, default=0)
    arguments.add_argument("--lines", action="store_true")
    options = arguments.parse_args()
    folder = os.path.abspath(os.path.join(options.build, "tests", "coverage"))
    for old in glob.glob(os.path.join(folder, "**", "*.gcda"), recursive=True):
        os.remove(old)
    passed = subprocess.run([os.path.join(os.path.abspath(options.build), "bin", "syntax_coverage")]).returncode == 0
    files = {name: lines for name, lines in counts_of(folder).items() if lines}
    run = sum(1 for lines in files.values() for times in lines.values() if times)
    total = sum(len(lines) for lines in files.values())
    for name in sorted(files):
        lines = files[name]
        covered = sum(1 for times in lines.values() if times)
        print("%5d of %5d  %5.1f %%  %s" % (covered, len(lines), 100 * covered / len(lines), name))
        missed = [str(number) for number in sorted(lines) if not lines[number]]
        if options.lines and missed:
            print("      " + " ".join(missed))
    percent = 100 * run / total if total else 0
    print("%5d of %5d  %5.1f %%  all" % (run, total, percent))
    return 0 if passed and percent >= options.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
