"""The configuration file, its variables, and ports (rows 60 to 91)."""

import json
import os
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import time
import urllib.request

from feature import CERTIFICATE, Feature

SINGLE_NODE = """# geode.yaml
server:
  listen: 0.0.0.0:3141
  max_connections: 1000
  tls:
    cert_file: /etc/geode/tls/server.crt
    key_file: /etc/geode/tls/server.key
    client_ca: /etc/geode/tls/ca.crt
storage:
  data_dir: /var/lib/geode/data
  wal_dir: /var/lib/geode/wal
  checkpoint_interval: 300s
logging:
  level: info
  output: /var/log/geode/server.log
  format: json
performance:
  query_timeout: 60s
  transaction_timeout: 300s
  max_query_memory: 2GB
  worker_threads: 8
"""

CERTIFICATES = r"""
openssl genrsa -out ca.key 4096
openssl req -new -x509 -days 3650 -key ca.key -out ca.crt \
  -subj "/C=US/ST=State/L=City/O=Organization/CN=Geode CA"
openssl genrsa -out server.key 4096
openssl req -new -key server.key -out server.csr \
  -subj "/C=US/ST=State/L=City/O=Organization/CN=geode.example.com"
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key \
  -CAcreateserial -out server.crt -days 365 \
  -sha256 -extfile <(printf "subjectAltName=DNS:geode.example.com,DNS:*.geode.internal")
openssl req -newkey rsa:2048 -nodes -keyout client.key -out client.csr -subj "/CN=app_user"
openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out client.crt -days 365 -sha256
"""


def make_certificates(test):
    """The guide's certificates, and one of a client, in the folder of the test; made once."""
    if not os.path.exists("/etc/geode/made/ca.crt"):
        os.makedirs("/etc/geode/made")
        subprocess.run(["bash", "-c", CERTIFICATES], cwd="/etc/geode/made", check=True, capture_output=True)
    for name in os.listdir("/etc/geode/made"):
        shutil.copy("/etc/geode/made/" + name, test.folder)


class Configuration(Feature):
    def configure(self, text, *more, **env):
        return self.serve("--config", self.write("geode.yaml", text), *more, **env)

    def single_node(self, text=SINGLE_NODE):
        make_certificates(self)
        os.makedirs("/etc/geode/tls", exist_ok=True)
        for name in ("server.crt", "server.key", "ca.crt"):
            shutil.copy(self.path(name), "/etc/geode/tls")
        for folder in ("/var/lib/geode", "/var/log/geode"):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
        server = self.configure(text)
        self.addCleanup(shutil.rmtree, "/var/lib/geode", ignore_errors=True)
        return server

    def test_060_listen(self):
        self.configure("server:\n  listen: 0.0.0.0:3199\n", port=3199)
        self.assertIn("3199", self.passes("netstat", "-an"))

    def test_061_max_connections(self):
        self.configure("server:\n  max_connections: 1\n")
        held = subprocess.Popen(["geode", "shell", "--no-header"], cwd=self.folder, text=True, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        with held:
            held.stdin.write("RETURN 1;\n")
            held.stdin.flush()
            self.assertEqual(held.stdout.readline(), "1\n")
            refused = self.run_command("geode", "query", "geode+unix:///run/geode/geode.sock", "RETURN 1")
            self.assertNotEqual(refused.code, 0)
            self.assertIn("connections", refused.err)
            held.stdin.write("RETURN 2;\n")
            held.stdin.flush()
            self.assertEqual(held.stdout.readline(), "2\n")
            held.stdin.close()

    def test_062_certificates(self):
        self.single_node()
        context = self.tls("ca.crt")
        self.assertEqual(self.handshake(context, name="geode.example.com")[0], "TLSv1.3")
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.handshake(context, name="somebody.example.com")

    def test_063_min_version(self):
        self.configure('server:\n  tls:\n    min_version: "1.3"\n')
        self.assertEqual(self.handshake(self.tls())[0], "TLSv1.3")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.handshake(self.tls(version=ssl.TLSVersion.TLSv1_2))
        older = self.run_command("geode", "config", "check", self.write("older.yaml", 'server:\n  tls:\n    min_version: "1.2"\n'))
        self.assertEqual(older.code, 2)
        self.assertIn("min_version", older.err + older.out)

    def test_064_require_client_cert(self):
        self.single_node(SINGLE_NODE.replace("client_ca:", 'min_version: "1.3"\n    require_client_cert: true\n    client_ca:'))
        url = "geode://127.0.0.1?ca=ca.crt&server_name=geode.example.com"
        self.assertNotEqual(self.run_command("geode", "query", url, "RETURN 1").code, 0)
        self.assertEqual(self.passes("geode", "query", url + "&cert=client.crt&key=client.key", "RETURN 64 AS n"), "n\n64\n")
        # Probes have no certificate: they come through the socket and the pages.
        for probe in ("ping", "health", "ready"):
            self.passes("geode", probe)

    def test_065_folders(self):
        self.single_node()
        self.says("CREATE (:Row065)")
        self.assertTrue(os.path.exists("/var/lib/geode/data/database.geode"))
        self.assertTrue(os.path.isdir("/var/lib/geode/wal"))

    def test_066_checkpoint_interval(self):
        self.configure("storage:\n  data_dir: data\n  wal_dir: wal\n  checkpoint_interval: 1s\n")
        self.says("CREATE (:Row066)")
        self.eventually(lambda: os.path.isdir(self.path("wal")) and os.listdir(self.path("wal")), "a segment of the change log")

    def test_067_logging(self):
        self.single_node()
        self.says("RETURN 1")
        with open("/var/log/geode/server.log", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertTrue(lines)
        for line in lines:
            self.assertLessEqual({"timestamp", "level", "logger", "message"}, line.keys())
            self.assertEqual(line["level"].lower(), "info")

    def test_068_query_timeout(self):
        self.configure("performance:\n  query_timeout: 300ms\n")
        begin = time.monotonic()
        self.refused("FOR i IN range(1, 100000000000) RETURN max(i)", "57X02", code=7)
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(self.says("RETURN 1 AS n"), "n\n1\n")

    def test_069_transaction_timeout(self):
        self.configure("performance:\n  transaction_timeout: 500ms\n")
        shell = subprocess.Popen(["geode", "shell", "--no-header"], cwd=self.folder, text=True, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with shell:
            shell.stdin.write("BEGIN TRANSACTION; CREATE (:Row069); RETURN 1;\n")
            shell.stdin.flush()
            self.assertEqual(shell.stdout.readline(), "1\n")
            time.sleep(1)
            out, talk = shell.communicate("COMMIT;\n", timeout=20)
        self.assertNotEqual(shell.returncode, 0, out + talk)
        self.assertEqual(self.rows("MATCH (n:Row069) RETURN count(n) AS n"), [{"n": 0}])
        self.says("CREATE (:Row069)")  # the writer's turn is free again

    def test_070_max_query_memory(self):
        self.configure("performance:\n  max_query_memory: 16MB\n")
        self.refused("FOR i IN range(1, 3000000) RETURN size(collect_list(toString(i))) AS n", "53X01", code=7)
        self.assertEqual(self.says("RETURN 1 AS n"), "n\n1\n")

    def test_071_worker_threads(self):
        self.configure("performance:\n  worker_threads: 8\n")
        self.assertEqual(self.rows("SELECT value FROM system.config WHERE key = 'performance.worker_threads'"), [{"value": "8"}])
        # A quarter of the statements that run at a time.
        self.assertGreaterEqual(len(os.listdir("/proc/%s/task" % self.passes("pidof", "geode").strip())), 32)

    def test_074_units(self):
        for text, key, value in (("performance:\n  query_timeout: 60s", "performance.query_timeout", "1m"),
                                 ("cluster:\n  election_timeout: 300ms", "cluster.election_timeout", "300ms"),
                                 ("performance:\n  max_query_memory: 2GB", "performance.max_query_memory", "2GB"),
                                 ("logging:\n  rotate_size: 100MiB", "logging.rotate_size", "100MiB"),
                                 ("performance:\n  transaction_timeout: 2h", "performance.transaction_timeout", "2h")):
            config = self.write("geode.yaml", text + "\n")
            self.assertIn("%s: %s\n" % (key, value), self.passes("geode", "config", "show", "--config", config))
        for text in ("performance:\n  query_timeout: 60 parsecs", "performance:\n  query_timeout: 60", "server:\n  listem: 0.0.0.0:3141"):
            wrong = self.run_command("geode", "config", "check", self.write("wrong.yaml", text + "\n"))
            self.assertEqual(wrong.code, 2, text)
            self.assertIn("2:", wrong.out + wrong.err)

    def test_075_environment(self):
        config = self.write("geode.yaml", "cluster:\n  node_id: of-the-file\n")
        out = self.passes("geode", "config", "show", "--config", config, GEODE_NODE_ID="geode-0", GEODE_CLUSTER_ENABLED="false")
        self.assertIn("cluster.node_id: geode-0\n", out)
        self.assertIn("cluster.enabled: false\n", out)
        self.assertIn("cluster.node_id: of-the-file\n", self.passes("geode", "config", "show", "--config", config))
        # A cluster that is asked for and cannot be had is refused, not forgotten.
        refused = self.run_command("geode", "serve", "--config", config, GEODE_CLUSTER_ENABLED="true")
        self.assertEqual(refused.code, 2)
        self.assertIn("cluster", refused.err)

    def test_078_geode_conf(self):
        os.makedirs("/etc/geode", exist_ok=True)
        with open("/etc/geode/geode.conf", "w", encoding="utf-8") as file:
            file.write("server:\n  max_connections: 78\n")
        self.addCleanup(os.unlink, "/etc/geode/geode.conf")
        self.assertIn("server.max_connections: 78\n", self.passes("geode", "config", "show"))
        with open("/etc/geode/geode.yaml", "w", encoding="utf-8") as file:
            file.write("server:\n  max_connections: 79\n")
        self.addCleanup(os.unlink, "/etc/geode/geode.yaml")
        self.assertIn("server.max_connections: 79\n", self.passes("geode", "config", "show"))

    def test_079_volumes(self):
        """Configuration from a read-only folder, data in another one."""
        os.makedirs("/etc/geode", exist_ok=True)
        with open("/etc/geode/geode.yaml", "w", encoding="utf-8") as file:
            file.write("storage:\n  data_dir: /var/lib/geode/data\n")
        self.addCleanup(os.unlink, "/etc/geode/geode.yaml")
        self.addCleanup(shutil.rmtree, "/var/lib/geode", ignore_errors=True)
        self.passes("mount", "--bind", "-o", "ro", "/etc/geode", "/etc/geode")
        self.addCleanup(self.run_command, "umount", "/etc/geode")
        self.serve()
        self.says("CREATE (:Row079)")
        self.assertTrue(os.path.exists("/var/lib/geode/data/database.geode"))


class Network(Feature):
    def test_085_quic(self):
        self.serve()
        url = "geode+quic://127.0.0.1?ca=" + CERTIFICATE
        self.assertEqual(self.passes("geode", "query", url, "RETURN 85 AS n"), "n\n85\n")
        self.assertRegex(self.passes("netstat", "-anu"), r"udp .*0\.0\.0\.0:3141")

    def test_086_tcp(self):
        server = self.serve()
        self.eventually(lambda: "serving" in self.log(), "all that it says at its start")
        before = self.log()
        for _ in range(20):  # nc -z, and what load balancers do
            socket.create_connection(("127.0.0.1", 3141), timeout=5).close()
        self.assertEqual(self.passes("geode", "query", "geode://127.0.0.1?ca=" + CERTIFICATE, "RETURN 86 AS n"), "n\n86\n")
        self.assertEqual(self.handshake(self.tls()), ("TLSv1.3", "geode/1"))
        self.assertEqual(self.log(), before)
        self.assertIsNone(server.poll())

    def test_088_metrics(self):
        self.serve()
        with urllib.request.urlopen("http://127.0.0.1:9090/metrics", timeout=10) as answer:
            self.assertTrue(answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
            self.assertIn("geode_queries_total", answer.read().decode())
        for page in ("/health", "/ready", "/live"):
            self.assertEqual(self.page(page)[0], 200)
