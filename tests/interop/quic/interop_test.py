#!/usr/bin/env python3
"""The server's QUIC with another implementation of it as client: quiche, by npm's @matrixai/quic.

    interop_test.py [FOLDER]

FOLDER keeps what npm installs (package-lock.json says what). Without node, or where npm cannot have it, the test says so and
is skipped (exit status 77).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "server"))
from wire import Server

SKIPPED = 77
FILES = ("package.json", "package-lock.json", "client.mjs", "wire.mjs")


def prepare(folder):
    """None, or why there is no client."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are not installed"
    os.makedirs(folder, exist_ok=True)
    for name in FILES:
        shutil.copy(os.path.join(HERE, name), folder)
    if os.path.isdir(os.path.join(folder, "node_modules", "@matrixai", "quic")):
        return None
    try:
        installed = subprocess.run(["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, text=True,
                                   capture_output=True, timeout=180)
    except subprocess.TimeoutExpired:
        return "npm did not answer"
    return None if installed.returncode == 0 else "npm could not install @matrixai/quic:\n" + installed.stderr[:500]


def make_client_certificate(folder):
    """A CA, and what it signed for a client."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for arguments in (["req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca", "-days", "2"],
                      ["req", *key, "-keyout", "client.key", "-out", "client.csr", "-subj", "/CN=ada"],
                      ["x509", "-req", "-in", "client.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                       "client.pem", "-days", "2"]):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


class Interop(unittest.TestCase):
    modules = ""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def serve(self, *arguments):
        server = Server(self.folder.name, *arguments)
        self.addCleanup(server.kill)
        return server

    def client(self, server, *arguments):
        ca = os.path.join(self.folder.name, "data", "tls", "development-certificate.pem")
        return subprocess.run(["node", "client.mjs", str(server.port), ca, *arguments], cwd=self.modules, text=True,
                              capture_output=True, timeout=120)

    def check_all_done(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)
        done = [json.loads(line)["what"] for line in result.stdout.splitlines()]
        self.assertEqual(done, ["sequential", "concurrent", "large", "error"])
        print(result.stdout, end="", file=sys.stderr)

    def test_statements(self):
        server = self.serve()
        self.check_all_done(self.client(server))
        code, _ = server.stop(signal.SIGTERM)
        self.assertEqual(code, 0, server.log())

    def test_client_certificates(self):
        make_client_certificate(self.folder.name)
        of_client = [os.path.join(self.folder.name, name) for name in ("client.pem", "client.key")]
        server = self.serve("--client-ca", os.path.join(self.folder.name, "ca.pem"))
        self.check_all_done(self.client(server, *of_client))

    def test_a_certificate_that_is_required(self):
        make_client_certificate(self.folder.name)
        os.environ["GEODE_SERVER_TLS_REQUIRE_CLIENT_CERT"] = "true"
        self.addCleanup(os.environ.pop, "GEODE_SERVER_TLS_REQUIRE_CLIENT_CERT")
        server = self.serve("--client-ca", os.path.join(self.folder.name, "ca.pem"))
        self.assertNotEqual(self.client(server).returncode, 0)
        self.assertIn("no QUIC connection with", server.log())

    def test_another_application_protocol(self):
        server = self.serve()
        self.assertNotEqual(self.client(server, "--alpn", "h3").returncode, 0)
        self.assertIn("no QUIC connection with", server.log())


if __name__ == "__main__":
    Interop.modules = sys.argv.pop(1) if len(sys.argv) > 1 else tempfile.mkdtemp()
    REASON = prepare(Interop.modules)
    if REASON:
        print("skipped: " + REASON)
        sys.exit(SKIPPED)
    unittest.main()
