"""What the tests of the rows have in common. They run in a machine of their own (machine.py)."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from machine import ROOT

CERTIFICATE = "data/tls/development-certificate.pem"
PAGES = "http://127.0.0.1:9090"


class Done:
    """What a command said, and its exit status."""

    def __init__(self, completed):
        self.code = completed.returncode
        self.out = completed.stdout
        self.err = completed.stderr

    def __repr__(self):
        return "exit %d\nstdout: %s\nstderr: %s" % (self.code, self.out, self.err)


class Feature(unittest.TestCase):
    """A folder that the commands of a test run in. What it starts ends with it."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="geode-features-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run_command(self, *command, stdin="", timeout=60, **env):
        return Done(subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout, cwd=self.folder,
                                   env=dict(os.environ, GEODE_HISTORY="", **env)))

    def passes(self, *command, **more):
        done = self.run_command(*command, **more)
        self.assertEqual(done.code, 0, "%s\n%s" % (" ".join(command), done))
        return done.out

    def bash(self, script, **more):
        return self.passes("bash", "-c", script, **more)

    def says(self, text, *flags, **env):
        """What `geode shell -c` prints of a statement that succeeds."""
        return self.passes("geode", "shell", "-c", text, *flags, **env)

    def rows(self, text, **env):
        return json.loads(self.says(text, "--json", **env))

    def refused(self, text, status, code=1, **env):
        done = self.run_command("geode", "shell", "-c", text, **env)
        self.assertEqual(done.code, code, done)
        self.assertIn("error[%s]" % status, done.err)
        return done.err

    def serve(self, *arguments, port=3141, **env):
        """`geode serve`, until it takes connections; it says into server.log of the folder."""
        log_path = self.path("server.log")
        with open(log_path, "ab") as log:
            process = subprocess.Popen(["geode", "serve", *arguments], stdout=log, stderr=log, cwd=self.folder,
                                       env=dict(os.environ, **env))
        self.addCleanup(end, process)
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
                return process
            if process.poll() is not None or time.monotonic() > deadline:
                self.fail("the server did not begin:\n" + self.log())
            time.sleep(0.01)

    def log(self, name="server.log"):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def eventually(self, holds, what, seconds=20):
        """The first value of holds() that counts as true."""
        deadline = time.monotonic() + seconds
        while True:
            value = holds()
            if value:
                return value
            if time.monotonic() > deadline:
                self.fail("not within %d s: %s" % (seconds, what))
            time.sleep(0.02)

    def page(self, path):
        try:
            with urllib.request.urlopen(PAGES + path, timeout=10) as answer:
                return answer.status, answer.read().decode("utf-8")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8")

    def metric(self, name):
        """The value of `name` or `name{labels}`."""
        found = re.search("^%s (.*)$" % re.escape(name), self.page("/metrics")[1], re.M)
        self.assertIsNotNone(found, name)
        return float(found.group(1))

    def stop(self, process, number=signal.SIGTERM):
        process.send_signal(number)
        return process.wait(timeout=30)

    def tls(self, ca=CERTIFICATE, version=ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=self.path(ca))
        context.minimum_version = min(version, ssl.TLSVersion.TLSv1_2)
        context.maximum_version = version
        context.set_alpn_protocols(["geode/1"])
        return context

    def handshake(self, context, port=3141, name="localhost"):
        """What TLS agreed on with the server."""
        with socket.create_connection(("127.0.0.1", port), timeout=10) as raw, context.wrap_socket(raw, server_hostname=name) as secure:
            return secure.version(), secure.selected_alpn_protocol()


class Served(Feature):
    """One server for all tests of a class; each has a label or a graph of its own where it writes."""

    arguments = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        starter = Feature("setUp")
        starter.setUp()
        cls.addClassCleanup(starter.doCleanups)
        cls.process = starter.serve(*cls.arguments)
        cls.folder_of_server = starter.folder

    def setUp(self):
        self.folder = self.folder_of_server


def end(process):
    if process.poll() is None:
        process.kill()
    process.wait()


def packaged(*names):
    with open(os.path.join(ROOT, "packaging", *names), encoding="utf-8") as file:
        return file.read()
