"""Runs the executable that the environment variable GEODE names."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

GEODE = os.environ.get("GEODE", "geode")


def environment(**more):
    """A clean environment: no colours asked for, no history, no pager of the machine's owner."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "PAGER", "GEODE_PAGER")}
    env.update(GEODE_HISTORY="", TERM="xterm", LC_ALL="C.UTF-8")
    env.update(more)
    return env


class Outcome:
    def __init__(self, completed):
        self.code = completed.returncode
        self.out = completed.stdout.decode("utf-8")
        self.err = completed.stderr.decode("utf-8")

    def __repr__(self):
        return "exit %d\nstdout: %s\nstderr: %s" % (self.code, self.out, self.err)


class CliTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="geode-cli-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "wb") as f:
            f.write(text.encode("utf-8") if isinstance(text, str) else text)
        return self.path(name)

    def geode(self, *arguments, stdin="", **env):
        return Outcome(subprocess.run([GEODE, *arguments], input=stdin.encode("utf-8"), capture_output=True,
                                      env=environment(**env), cwd=self.folder, timeout=60))

    def check(self, outcome, code=0, out=None, err=None):
        """The exit code, and the two streams when given."""
        self.assertEqual(outcome.code, code, outcome)
        if out is not None:
            self.assertEqual(outcome.out, out, outcome)
        if err is not None:
            self.assertEqual(outcome.err, err, outcome)
        return outcome


class PipeProcess:
    """A `geode pipe` to talk with."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([GEODE, "pipe", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environment())

    def send(self, line):
        self.process.stdin.write(line if isinstance(line, bytes) else line.encode("utf-8"))
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline().decode("utf-8"))

    def ask(self, **request):
        return self.send(json.dumps(request))

    def run(self, query, **params):
        return self.ask(op="run", query=query, params=params)

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(timeout=30)
        rest, talk = self.process.stdout.read(), self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        return code, rest, talk
