#!/usr/bin/env python3
"""Runs the examples of docs/language.

  examples_test.py [--rewrite] PAGE...

A block of statements marked ```gql is run by `geode shell`; the block marked ```text behind it is what the shell
prints, standard output before standard error. Without one the statements must succeed. The blocks of a page run in their
order on one database, each in a session of its own. --rewrite writes down what came.
"""
import os
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```gql\n(.*?)^```\n(?:\n*^```text\n(.*?)^```\n)?", re.M | re.S)


def run(statements, database):
    environment = {k: v for k, v in os.environ.items() if k not in ("CLICOLOR_FORCE", "FORCE_COLOR")}
    environment.update(NO_COLOR="1", LC_ALL="C.UTF-8", GEODE_HISTORY="")
    done = subprocess.run([os.environ.get("GEODE", "geode"), "shell", "--no-rc", "--format", "table", "--keep-going", database],
                          input=statements, capture_output=True, text=True, env=environment, timeout=60)
    return done.returncode, "".join(line.rstrip() + "\n" for line in (done.stdout + done.stderr).splitlines())


def check_page(page, rewrite):
    with open(page, encoding="utf-8") as file:
        text = file.read()
    failures = 0
    with tempfile.TemporaryDirectory(prefix="geode-docs-") as folder:
        database = os.path.join(folder, "page.db")

        def check(match):
            nonlocal failures
            statements, expected = match.group(1), match.group(2)
            code, output = run(statements, database)
            if expected is None:
                if code != 0:
                    failures += 1
                    print("%s: this failed:\n%s%s" % (page, statements, output))
            elif expected != output:
                failures += 0 if rewrite else 1
                if not rewrite:
                    print("%s:\n%sexpected\n%sactual\n%s" % (page, statements, expected, output))
                return match.group(0).replace("```text\n" + expected, "```text\n" + output)
            return match.group(0)

        rewritten = BLOCK.sub(check, text)
    if rewrite and rewritten != text:
        with open(page, "w", encoding="utf-8") as file:
            file.write(rewritten)
    if not BLOCK.search(text):
        print("%s: no examples" % page)
        failures += 1
    return failures


def main():
    pages = [argument for argument in sys.argv[1:] if argument != "--rewrite"]
    return 1 if sum(check_page(page, "--rewrite" in sys.argv) for page in pages) else 0


if __name__ == "__main__":
    sys.exit(main())
