#!/usr/bin/env python3
"""Runs the transcripts of docs/operations.

  transcripts_test.py PAGE...

A block marked ```console holds commands behind `$ ` and below each what it prints, standard output before standard error;
`...` stands for any text within a line. The blocks of a page run in their order in one folder. What a command says on
standard error when it succeeds need not be there.
"""
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```console\n(.*?)^```\n", re.M | re.S)


def commands_of(block):
    """[(command, expected lines)]"""
    out = []
    for line in block.splitlines():
        if line.startswith("$ "):
            out.append((line[2:], []))
        else:
            out[-1][1].append(line)
    return out


def matches(expected, actual):
    pattern = ".*".join(re.escape(piece) for piece in expected.split("..."))
    return re.fullmatch(pattern, actual) is not None


def end_group(group):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def check_page(page):
    with open(page, encoding="utf-8") as file:
        blocks = BLOCK.findall(file.read())
    failures = 0 if blocks else 1
    environment = {k: v for k, v in os.environ.items() if k not in ("CLICOLOR_FORCE", "FORCE_COLOR")}
    environment.update(NO_COLOR="1", LC_ALL="C.UTF-8", GEODE_HISTORY="")
    if "GEODE" in os.environ:
        environment["PATH"] = os.path.dirname(os.path.abspath(os.environ["GEODE"])) + ":" + environment["PATH"]
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="geode-docs-"))
        for command, expected in (pair for block in blocks for pair in commands_of(block)):
            # What a command leaves running ends with the page.
            process = subprocess.Popen(command, shell=True, cwd=folder, env=environment, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, start_new_session=True)
            stack.callback(end_group, process.pid)
            out, err = process.communicate(timeout=60)
            actual = (out + (err if process.returncode else "")).splitlines()
            if len(actual) != len(expected) or not all(map(matches, expected, actual)):
                failures += 1
                print("%s: $ %s\nexpected\n%s\nactual\n%s" % (page, command, "\n".join(expected), "\n".join(actual)))
    return failures


def main():
    return 1 if sum(check_page(page) for page in sys.argv[1:]) else 0


if __name__ == "__main__":
    sys.exit(main())
