#!/usr/bin/env python3
"""What the server takes of TLS, and what its clients do: each case is one certificate, or one way to begin, over TCP and QUIC.

    tls_cases_test.py [-v]

Certificates are made with openssl. Prints a line for each case that failed, and how many there were.
"""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wire import GEODE, Client, Server

AUTHORITY = """
[ca]
default_ca = this
[this]
new_certs_dir = {folder}
database = {folder}/{name}.index
serial = {folder}/{name}.serial
certificate = {folder}/{name}.pem
private_key = {folder}/{name}.key
default_md = sha256
default_days = 2
default_crl_days = 2
policy = any
unique_subject = no
[any]
commonName = supplied
"""
YESTERDAY, LAST_YEAR, NEXT_YEAR = -1, -365, 365


def openssl(*arguments, given=""):
    done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (" ".join(arguments), done.stderr))
    return done.stdout


def date(days):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))


class Authority:
    """Signs certificates, and takes them back."""

    def __init__(self, folder, name, parent=None):
        self.folder, self.name = folder, name
        for end, text in ((".index", ""), (".serial", "1000\n"), (".cnf", AUTHORITY.format(folder=folder, name=name))):
            with open(self.path(end), "w", encoding="utf-8") as file:
                file.write(text)
        if parent is None:
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj", "/CN=" + name,
                    "-keyout", self.path(".key"), "-out", self.path(".pem"), "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        else:
            parent.sign(name, extensions=["basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign,cRLSign"])

    def path(self, end):
        return os.path.join(self.folder, self.name + end)

    @property
    def certificate(self):
        return self.path(".pem")

    def sign(self, name, extensions=(), begin=YESTERDAY, end=9, common_name=None):
        """The files of a certificate and its key."""
        at = os.path.join(self.folder, name)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + (common_name or name),
                "-keyout", at + ".key", "-out", at + ".csr")
        with open(at + ".ext", "w", encoding="utf-8") as file:
            file.write("\n".join(["[all]", *extensions, ""]))
        openssl("ca", "-batch", "-notext", "-config", self.path(".cnf"), "-in", at + ".csr", "-out", at + ".pem", "-startdate", date(begin),
                "-enddate", date(end), "-extfile", at + ".ext", "-extensions", "all")
        return at + ".pem", at + ".key"

    def take_back(self, *certificates, end=2):
        """The list of all that were taken back; it holds until so many days from now."""
        for certificate in certificates:
            openssl("ca", "-config", self.path(".cnf"), "-revoke", certificate)
        openssl("ca", "-config", self.path(".cnf"), "-gencrl", "-crl_lastupdate", date(LAST_YEAR), "-crl_nextupdate", date(end), "-out", self.path(".crl"))
        return self.path(".crl")


LOCAL = "subjectAltName=DNS:localhost,IP:127.0.0.1"
OF_SERVER, OF_CLIENT = "extendedKeyUsage=serverAuth", "extendedKeyUsage=clientAuth"


class TlsCases(unittest.TestCase):
    cases = 0

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="geode-tls-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.authority = Authority(cls.folder, "authority")
        cls.stranger = Authority(cls.folder, "stranger")
        cls.between = Authority(cls.folder, "between", cls.authority)
        cls.good = cls.authority.sign("good", [LOCAL, OF_SERVER])

    @classmethod
    def tearDownClass(cls):
        print("%d cases" % cls.cases, file=sys.stderr)

    def case(self, name):
        type(self).cases += 1
        return self.subTest(name)

    def serve(self, certificate=None, *arguments):
        certificate, key = certificate or self.good
        folder = tempfile.mkdtemp(dir=self.folder)
        server = Server(folder, "--cert", certificate, "--key", key, *arguments)
        self.addCleanup(server.kill)
        return server

    def ping(self, server, scheme, **parameters):
        """What `geode ping` says to the server; with a certificate of the client when `shown` has one."""
        shown = parameters.pop("shown", None)
        parameters.setdefault("ca", self.authority.certificate)
        if shown:
            parameters["cert"], parameters["key"] = shown
        url = "%s://localhost:%d?%s" % (scheme, server.port, "&".join("%s=%s" % item for item in parameters.items()))
        done = subprocess.run([GEODE, "ping", url, "--timeout", "10"], capture_output=True, text=True, timeout=60,
                              env=dict(os.environ, GEODE_CONFIG=os.devnull))
        return done.returncode, done.stdout + done.stderr

    def taken(self, name, server, **parameters):
        for scheme in ("geode", "geode+quic"):
            with self.case("%s: %s is taken" % (scheme, name)):
                code, said = self.ping(server, scheme, **parameters)
                self.assertEqual(code, 0, said)

    def refused(self, name, server, reason="", **parameters):
        for scheme in ("geode", "geode+quic"):
            with self.case("%s: %s is refused" % (scheme, name)):
                code, said = self.ping(server, scheme, **parameters)
                self.assertNotEqual(code, 0, said)
                self.assertIn("08000", said)
                self.assertRegex(said, "(?i)" + reason)

    # ---- how a client begins

    def client(self, *arguments, given="Q"):
        """What openssl says of a connection."""
        done = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % self.server.port, "-CAfile", self.authority.certificate,
                               *arguments], input=given, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def test_how_a_client_begins(self):
        self.server = self.serve()
        with self.case("TLS 1.3 with geode/1 is spoken"):
            code, said = self.client("-tls1_3", "-alpn", "geode/1")
            self.assertEqual(code, 0, said)
            self.assertIn("ALPN protocol: geode/1", said)
        for version in ("-tls1", "-tls1_1", "-tls1_2"):
            with self.case("%s is refused" % version):
                code, said = self.client(version, "-alpn", "geode/1", "-cipher", "ALL:@SECLEVEL=0")
                self.assertNotEqual(code, 0, said)
                self.assertRegex(said, "alert protocol version|no protocols available")
        with self.case("who knows 1.2 and 1.3 speaks 1.3"):
            code, said = self.client("-alpn", "geode/1", "-cipher", "ALL:@SECLEVEL=0")
            self.assertIn("New, TLSv1.3", said)
        with self.case("no application protocol is refused"):
            with self.assertRaises((ConnectionError, ssl.SSLError, OSError)):
                self.connect(self.server, [])
        with self.case("another application protocol is refused"):
            code, said = self.client("-tls1_3", "-alpn", "h2,http/1.1")
            self.assertIn("no application protocol", said)
        with self.case("geode/1 among others is taken"):
            self.assertEqual(self.connect(self.server, ["h2", "geode/1"]).socket.selected_alpn_protocol(), "geode/1")
        with self.case("a cipher with a short tag is refused"):
            code, said = self.client("-tls1_3", "-alpn", "geode/1", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256")
            self.assertIn("handshake failure", said)
        for cipher in ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"):
            with self.case("%s is taken" % cipher):
                self.assertIn(cipher, self.client("-tls1_3", "-alpn", "geode/1", "-ciphersuites", cipher)[1])
        with self.case("no session is kept: none goes on without its certificate, or sends before the handshake"):
            kept = os.path.join(self.folder, "session")
            self.client("-tls1_3", "-alpn", "geode/1", "-sess_out", kept)
            self.assertFalse(os.path.exists(kept))
        with self.case("a request without TLS gets no answer"):
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as plain:
                plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = b"".join(iter(lambda: plain.recv(4096), b""))
            self.assertNotIn(b"HTTP", answer)
            self.assertLess(len(answer), 16)  # an alert
        with self.case("who only looks whether the port is open leaves no line"):
            lines = self.server.log()
            for _ in range(20):
                socket.create_connection(("127.0.0.1", self.server.port)).close()
            time.sleep(0.2)
            self.assertEqual(self.server.log(), lines)
        with self.case("the server serves after all of that"):
            self.assertEqual(self.ping(self.server, "geode")[0], 0)

    def connect(self, server, alpn=("geode/1",)):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        client = Client(server, context=context)
        self.addCleanup(client.close)
        return client

    # ---- certificates of servers, as clients see them

    def test_certificates_of_servers(self):
        good = self.serve()
        self.taken("a certificate of the CA", good)
        self.taken("any certificate, by who asks for no proof", good, ca=self.stranger.certificate, insecure="true")
        self.refused("a certificate of another CA", good, "not trusted", ca=self.stranger.certificate)
        self.refused("a certificate for another host", good, "not trusted", server_name="db.example.test")
        sign = self.authority.sign
        for name, reason, certificate in (
                ("a certificate that has ended", "expired", sign("old", [LOCAL, OF_SERVER], LAST_YEAR, YESTERDAY)),
                ("a certificate that has not begun", "not (yet )?(valid|activated)", sign("young", [LOCAL, OF_SERVER], 1, NEXT_YEAR)),
                ("a certificate for clients", "purpose", sign("for-clients", [LOCAL, OF_CLIENT]))):
            self.refused(name, self.serve(certificate), reason)
        wild = self.serve(sign("wild", ["subjectAltName=DNS:*.example.test", OF_SERVER]))
        self.taken("a name that the wildcard covers", wild, server_name="db.example.test")
        self.refused("a name with one part more", wild, "not trusted", server_name="a.db.example.test")
        self.refused("the bare domain of a wildcard", wild, "not trusted", server_name="example.test")
        leaf, key = self.between.sign("leaf", [LOCAL, OF_SERVER])
        self.refused("a certificate whose issuer is not shown", self.serve((leaf, key)), "not trusted")
        chain = os.path.join(self.folder, "chain.pem")
        with open(chain, "w", encoding="utf-8") as file:
            for part in (leaf, self.between.certificate):
                with open(part, encoding="utf-8") as certificate:
                    file.write(certificate.read())
        self.taken("a chain", self.serve((chain, key)))
        own = os.path.join(self.folder, "own")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=localhost", "-addext", LOCAL,
                "-keyout", own + ".key", "-out", own + ".pem")
        own_server = self.serve((own + ".pem", own + ".key"))
        self.refused("a certificate that signs itself", own_server, "not trusted")
        self.taken("a certificate that signs itself, by who has it", own_server, ca=own + ".pem")

    # ---- certificates of clients, as the server sees them

    def test_certificates_of_clients(self):
        sign = self.authority.sign
        revoked = sign("revoked", [OF_CLIENT])
        crl = self.authority.take_back(revoked[0])
        server = self.serve(None, "--client-ca", self.authority.certificate, "--client-crl", crl,
                            "--config", self.configuration("server: {tls: {require_client_cert: true}}"))
        self.refused("who shows no certificate", server)
        self.taken("a certificate for clients", server, shown=sign("client", [OF_CLIENT]))
        self.taken("a certificate that says not what it is for", server, shown=sign("plain"))
        self.refused("a certificate for servers", server, shown=sign("for-servers", [OF_SERVER]))
        self.refused("a certificate of another CA", server, shown=self.stranger.sign("other", [OF_CLIENT]))
        self.refused("a certificate that has ended", server, shown=sign("old-client", [OF_CLIENT], LAST_YEAR, YESTERDAY))
        self.refused("a certificate that has not begun", server, shown=sign("young-client", [OF_CLIENT], 1, NEXT_YEAR))
        self.refused("a certificate that was taken back", server, shown=revoked)
        own = os.path.join(self.folder, "own-client")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=client",
                "-keyout", own + ".key", "-out", own + ".pem")
        self.refused("a certificate that signs itself", server, shown=(own + ".pem", own + ".key"))

        # A list that comes with a reload counts for who connects from then on.
        late = sign("late", [OF_CLIENT])
        self.taken("a certificate that is not taken back yet", server, shown=late)
        self.authority.take_back(late[0])
        self.reload(server)
        self.refused("a certificate that was taken back since", server, shown=late)

        stale = os.path.join(self.folder, "stale.crl")
        shutil.copy(self.authority.take_back(end=YESTERDAY), stale)
        behind = self.serve(None, "--client-ca", self.authority.certificate, "--client-crl", stale,
                            "--config", self.configuration("server: {tls: {require_client_cert: true}}"))
        self.refused("every certificate, where the list is out of date", behind, shown=sign("client-2", [OF_CLIENT]))

        free = self.serve(None, "--client-ca", self.authority.certificate)
        self.taken("who shows none, where none is asked for", free)
        # Over QUIC our client shows none that the server's CA did not sign.
        with self.case("geode: a wrong one is refused where none is asked for"):
            self.assertNotEqual(self.ping(free, "geode", shown=self.stranger.sign("other-2", [OF_CLIENT]))[0], 0)

    def configuration(self, text):
        file, path = tempfile.mkstemp(dir=self.folder, suffix=".yaml")
        os.write(file, text.encode())
        os.close(file)
        return path

    def reload(self, server):
        lines = len(server.log().splitlines())
        server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            said = "\n".join(server.log().splitlines()[lines:])
            if re.search(r"(?i)reload|read again", said):
                return said
            time.sleep(0.02)
        self.fail("no line of a reload:\n" + server.log())

    # ---- files

    def test_a_reload_changes_certificates_and_no_connection(self):
        files = [os.path.join(self.folder, "now.pem"), os.path.join(self.folder, "now.key")]
        other = self.authority.sign("next", [LOCAL, OF_SERVER])

        def put(certificate, key):
            for source, target in zip((certificate, key), files):
                shutil.copy(source, target)
        put(*self.good)
        server = self.serve(files)

        def shown():
            return self.connect(server).socket.getpeercert()["serialNumber"]
        before, open_one = shown(), self.connect(server)
        put(*other)
        self.reload(server)
        with self.case("a new connection sees the new certificate"):
            self.assertNotEqual(shown(), before)
        with self.case("an open connection goes on"):
            self.assertEqual(len(open_one.execute("RETURN 1")), 1)
        now = shown()
        for name, certificate, key in (("a key of another certificate", other[0], self.good[1]),
                                       ("no certificate at all", os.devnull, other[1])):
            with self.case("a reload with %s changes nothing" % name):
                put(certificate, key)
                self.assertIn("ERROR", self.reload(server))
                self.assertEqual(shown(), now)
                self.assertEqual(len(open_one.execute("RETURN 1")), 1)

    def test_files_that_cannot_be_used(self):
        locked = os.path.join(self.folder, "locked.key")
        openssl("ec", "-in", self.good[1], "-aes128", "-passout", "pass:secret", "-out", locked)
        garbage = os.path.join(self.folder, "garbage.pem")
        with open(garbage, "w", encoding="utf-8") as file:
            file.write("-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n")
        other = self.authority.sign("third", [LOCAL, OF_SERVER])
        for name, arguments in (
                ("a key of another certificate", ["--cert", self.good[0], "--key", other[1]]),
                ("a key with a password", ["--cert", self.good[0], "--key", locked]),
                ("a certificate that is none", ["--cert", garbage, "--key", self.good[1]]),
                ("a file that is not there", ["--cert", garbage + ".gone", "--key", self.good[1]]),
                ("a CA that is none", ["--cert", self.good[0], "--key", self.good[1], "--client-ca", garbage]),
                ("a list that is none", ["--cert", self.good[0], "--key", self.good[1], "--client-ca", self.authority.certificate,
                                         "--client-crl", garbage])):
            with self.case("%s ends the start" % name):
                done = subprocess.run([GEODE, "serve", "--data-dir", tempfile.mkdtemp(dir=self.folder), "--listen", "127.0.0.1:0",
                                       "--metrics-listen", "127.0.0.1:0", *arguments], input="", capture_output=True, text=True,
                                      timeout=60, env=dict(os.environ, GEODE_CONFIG=os.devnull))
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex(done.stdout + done.stderr, "cannot be used for (TLS|QUIC)")
        for mode, warned in ((0o644, True), (0o640, False), (0o600, False)):
            with self.case("a key of mode %o is %s" % (mode, "warned of" if warned else "fine")):
                os.chmod(self.good[1], mode)
                self.assertEqual("may be read" in self.serve().log(), warned)


if __name__ == "__main__":
    unittest.main()
