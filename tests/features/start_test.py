"""Starting the server: flags, signals, service managers, containers (rows 30 to 57)."""

import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import yaml

from feature import CERTIFICATE, Feature, end, packaged
from machine import ROOT

# The unit of the operations guide, and the one of the deployment guide.
OPERATIONS_UNIT = """[Unit]
Description=Geode Graph Database
After=network.target
[Service]
Type=simple
User=geode
WorkingDirectory=/opt/geode
ExecStart=/opt/geode/zig-out/bin/geode serve --listen 0.0.0.0:3141
Restart=always
RestartSec=10
LimitNOFILE=65536
[Install]
WantedBy=multi-user.target
"""

DEPLOYMENT_UNIT = """[Unit]
Description=Geode Graph Database
After=network.target
[Service]
Type=simple
User=geode
Group=geode
ExecStart=/usr/local/bin/geode serve --config /etc/geode/geode.yaml
Restart=on-failure
RestartSec=5s
LimitNOFILE=65536
[Install]
WantedBy=multi-user.target
"""


def release(folder):
    """A release made of this tree; the path of its archive."""
    command = [sys.executable, os.path.join(ROOT, "packaging", "release", "make_release.py"), "--geode", os.environ["GEODE"],
               "--output", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout.strip()


class Start(Feature):
    def account(self):
        """The account that units run as."""
        if self.run_command("id", "geode").code != 0:
            self.passes("useradd", "--system", "--home-dir", "/var/lib/geode", "--shell", "/usr/sbin/nologin", "geode")

    def unit(self, text):
        """A machine whose unit is this one; it is as it was when the test ends."""
        os.makedirs("/etc/systemd/system", exist_ok=True)
        with open("/etc/systemd/system/geode.service", "w", encoding="utf-8") as file:
            file.write(text)
        self.addCleanup(self.run_command, "systemctl", "stop", "geode")

    def test_030_defaults(self):
        server = self.serve()
        self.eventually(lambda: re.search("serving .*port=3141", self.log()), "the port in the log")
        self.assertTrue(os.path.exists(self.path("data/database.geode")))
        self.assertEqual(self.passes("geode", "ping"), "PONG\n")
        self.assertEqual(self.stop(server), 0)

    def test_031_listen(self):
        self.serve("--listen", "0.0.0.0:8443", "--unix-socket", "none", port=8443)
        self.assertEqual(self.passes("geode", "ping", "geode://127.0.0.1:8443?ca=" + CERTIFICATE), "PONG\n")
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", 3141), timeout=5)
        self.assertEqual(self.run_command("geode", "serve", "--listen", "nowhere").code, 2)

    def test_032_config(self):
        config = self.write("geode.yaml", "server:\n  listen: 127.0.0.1:3151\nstorage:\n  data_dir: %s\n" % self.path("here"))
        self.serve("--config", config, port=3151)
        self.assertTrue(os.path.exists(self.path("here/database.geode")))
        missing = self.run_command("geode", "serve", "--config", self.path("missing.yaml"))
        self.assertEqual(missing.code, 2)
        self.assertIn("missing.yaml", missing.err)

    def test_033_max_connections(self):
        self.serve("--max-connections", "2")
        held = [self.hold_a_connection() for _ in range(2)]
        refused = self.run_command("geode", "shell", "geode+unix:///run/geode/geode.sock", "-c", "RETURN 1")
        self.assertNotEqual(refused.code, 0)
        self.assertIn("connections", refused.err)
        for shell in held:
            self.assertEqual(self.ask(shell, "RETURN 7 AS n;"), "7")

    def hold_a_connection(self):
        """A shell that stays; what its first statement prints is read."""
        shell = subprocess.Popen(["geode", "shell", "geode+unix:///run/geode/geode.sock", "--no-header"], cwd=self.folder, text=True,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(shell.stdout.close)
        self.addCleanup(shell.stdin.close)
        self.addCleanup(end, shell)
        self.assertEqual(self.ask(shell, "RETURN 1;"), "1")
        return shell

    @staticmethod
    def ask(shell, statement):
        shell.stdin.write(statement + "\n")
        shell.stdin.flush()
        return shell.stdout.readline().strip()

    def test_034_data_dir(self):
        self.addCleanup(shutil.rmtree, "/var/lib/geode", ignore_errors=True)
        self.serve("--listen", "0.0.0.0:3141", "--max-connections", "1000", "--data-dir", "/var/lib/geode/data", "--log-level", "info")
        self.says("CREATE (:Row034)")
        self.assertTrue(os.path.getsize("/var/lib/geode/data/database.geode") > 0)
        self.assertFalse(os.path.exists(self.path("data")))

    def test_035_log_level(self):
        written = {}
        for level in ("debug", "info", "warn", "error"):
            server = self.serve("--log-level", level, "--log-output", self.path(level + ".log"))
            self.says("RETURN 35")
            self.stop(server)
            written[level] = set(re.findall(r"^\S+ (\w+) ", self.log(level + ".log") if os.path.exists(self.path(level + ".log")) else "",
                                            re.M))
        self.assertIn("DEBUG", written["debug"])
        self.assertIn("INFO", written["info"])
        self.assertNotIn("DEBUG", written["info"])
        self.assertLessEqual(written["warn"], {"WARN", "ERROR"})
        self.assertLessEqual(written["error"], {"ERROR"})
        self.assertEqual(self.run_command("geode", "serve", "--log-level", "loud").code, 2)

    def test_036_certificate(self):
        self.passes("openssl", "req", "-x509", "-newkey", "rsa:4096", "-keyout", "key.pem", "-out", "cert.pem", "-days", "365", "-nodes",
                    "-subj", "/CN=localhost")
        self.serve("--cert", "cert.pem", "--key", "key.pem", "--listen", "0.0.0.0:3141", "--unix-socket", "none")
        context = self.tls("cert.pem")
        context.check_hostname = False
        self.assertEqual(self.handshake(context), ("TLSv1.3", "geode/1"))
        self.assertFalse(os.path.exists(self.path(CERTIFICATE)))

    def test_037_audit_log(self):
        os.makedirs("/var/log/geode", exist_ok=True)
        server = self.serve("--audit-log", "/var/log/geode/audit.log", "--audit-level", "all")
        self.says("CREATE (:Row037)")
        self.says("MATCH (n:Row037) RETURN n")
        self.stop(server)
        with open("/var/log/geode/audit.log", encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
        self.assertLessEqual({"data_modification", "access"}, {event["event_type"] for event in events})
        self.assertNotEqual(self.run_command("geode", "serve", "--audit-log", "a", "--audit-level", "everything").code, 0)

    def test_038_metrics_port(self):
        self.serve("--metrics-port", "9191")
        with urllib.request.urlopen("http://127.0.0.1:9191/metrics", timeout=10) as answer:
            self.assertIn(b"\ngeode_queries_total", answer.read())

    def test_042_version_and_help(self):
        version = self.passes("geode", "--version")
        self.assertRegex(version, r"^geode \d+\.\d+\.\d+\n$")
        self.assertIn(version.strip(), self.passes("geode", "version"))
        commands = re.findall(r"^  ([a-z][a-z-]+)  ", self.passes("geode", "--help").partition("Subcommands:")[2], re.M)
        self.assertGreater(len(commands), 20)
        for command in commands:
            if command != "help":
                self.assertIn("Usage: geode " + command, self.passes("geode", command, "--help"))

    def test_043_units(self):
        self.account()
        os.makedirs("/opt/geode/zig-out/bin", exist_ok=True)
        shutil.copy(os.environ["GEODE"], "/opt/geode/zig-out/bin/geode")
        for text in (OPERATIONS_UNIT, DEPLOYMENT_UNIT, packaged("systemd", "geode.service")):
            path = self.write("geode.service", text)
            if shutil.which("systemd-analyze"):
                self.assertNotIn("geode.service", self.passes("systemd-analyze", "verify", "--man=no", path))
        shutil.chown("/opt/geode", "geode", "geode")
        self.unit(OPERATIONS_UNIT)
        self.passes("systemctl", "daemon-reload")
        self.passes("systemctl", "start", "geode")
        self.eventually(lambda: self.run_command("geode", "ping", GEODE_HOST="127.0.0.1:3141",
                                                 GEODE_TLS_CA="/opt/geode/" + CERTIFICATE).code == 0, "an answer")
        with open("/run/units/geode.pid", encoding="utf-8") as file:
            pid = int(file.read())
        # In the foreground: the process that was started is the server, of that account, with that limit.
        with open("/proc/%d/limits" % pid, encoding="utf-8") as file:
            limit = min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])  # of the container the tests run in
            self.assertRegex(file.read(), r"Max open files +%d +%d" % (limit, limit))
        self.assertEqual(os.readlink("/proc/%d/cwd" % pid), "/opt/geode")
        self.assertTrue(os.path.exists("/opt/geode/data/database.geode"))

    def test_044_places_of_the_executable(self):
        self.passes("tar", "xzf", release(self.folder), "-C", "/opt")
        self.addCleanup(shutil.rmtree, "/opt/geode", ignore_errors=True)
        version = self.passes("/usr/local/bin/geode", "--version")
        self.assertEqual(self.passes("/opt/geode/zig-out/bin/geode", "--version"), version)
        self.assertEqual(self.passes("/opt/geode/bin/geode", "--version"), version)

    def test_045_settings_without_a_restart(self):
        config = self.write("geode.yaml", "logging:\n  slow_query: 1s\n")
        server = self.serve("--config", config)
        self.says("CALL system.set_config('logging.slow_query', '1ms')")
        self.says("FOR i IN range(1, 5000000) RETURN max(i)")
        self.eventually(lambda: "query execution time" in self.log(), "a slow statement in the log")
        self.passes("openssl", "req", "-x509", "-newkey", "rsa:2048", "-keyout", "key.pem", "-out", "cert.pem", "-nodes", "-subj", "/CN=new")
        self.write("geode.yaml", "logging:\n  level: debug\nserver:\n  max_connections: 1234\n")
        server.send_signal(signal.SIGHUP)
        self.eventually(lambda: self.metric("geode_connection_pool_max") == 1234, "another limit")
        self.says("CREATE USER keeper WITH PASSWORD 'a long password' ROLE administrator")
        self.refused("RETURN 1", "28000", code=4)

    def test_046_term(self):
        server = self.serve()
        shell = self.hold_a_connection()
        self.ask(shell, "BEGIN TRANSACTION; CREATE (:Row046); RETURN 1;")
        server.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        self.assertEqual(self.ask(shell, "COMMIT; RETURN 2;"), "")  # committed, then nothing new is begun
        self.assertEqual(server.wait(timeout=30), 0)
        self.assertEqual(self.passes("geode", "shell", "data", "--no-header", "-c", "MATCH (n:Row046) RETURN count(n)"), "1\n")

    def test_047_kill(self):
        server = self.serve()
        self.says("CREATE (:Row047 {done: true})")
        shell = self.hold_a_connection()
        self.ask(shell, "BEGIN TRANSACTION; CREATE (:Row047 {done: false}); RETURN 1;")
        self.stop(server, signal.SIGKILL)
        self.serve()
        self.assertEqual(self.rows("MATCH (n:Row047) RETURN n.done AS done"), [{"done": True}])
        self.passes("geode", "verify", "--data-dir", "data")

    def test_048_drain(self):
        server = self.serve()
        shell = self.hold_a_connection()
        server.send_signal(signal.SIGUSR1)
        self.eventually(lambda: self.page("/ready")[0] == 503, "not ready")
        self.assertEqual(self.ask(shell, "RETURN 48;"), "48")
        self.assertNotEqual(self.run_command("geode", "shell", "geode+unix:///run/geode/geode.sock", "-c", "RETURN 1").code, 0)
        self.assertIsNone(server.poll())
        self.assertIn("ExecReload=/bin/kill -USR1 $MAINPID", packaged("systemd", "geode.service"))

    def test_049_container(self):
        # The image cannot be built without a network. Its libraries are compared in tests/packaging; here the command is
        # process 1, with nothing in its environment.
        dockerfile = packaged("docker", "Dockerfile")
        self.assertIn("FROM debian:bookworm-slim", dockerfile)
        self.assertIn('CMD ["geode", "serve", "--listen", "0.0.0.0:3141"]', dockerfile)
        script = ("exec unshare --pid --fork --kill-child --mount sh -c 'mount -t proc proc /proc; exec env -i PATH=/usr/local/bin:/usr/bin "
                  "geode serve --listen 0.0.0.0:3141'")
        server = subprocess.Popen(["bash", "-c", script], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(end, server)
        self.eventually(lambda: self.run_command("geode", "ping", "--timeout", "1").code == 0, "an answer of process 1")
        (pid,) = self.passes("pidof", "geode").split()
        with open("/proc/%s/status" % pid, encoding="utf-8") as file:
            self.assertRegex(file.read(), r"(?m)^NSpid:\s+\d+\s+1$")
        os.kill(int(pid), signal.SIGTERM)
        self.assertEqual(server.wait(timeout=30), 0)

    def test_050_release(self):
        archive = release(self.folder)
        self.assertRegex(archive, r"/geode-\d+\.\d+\.\d+\.tar\.gz$")
        # The next release has the name of the guide.
        shutil.copy(archive, "/opt/geode-0.1.4.tar.gz")
        self.bash("cd /opt && tar xzf geode-0.1.4.tar.gz")
        self.addCleanup(shutil.rmtree, "/opt/geode", ignore_errors=True)
        self.assertTrue(self.passes("tar", "tzf", archive).startswith("geode/"))
        self.assertRegex(self.passes("/opt/geode/bin/geode", "--version"), r"^geode \d")

    def test_051_start_stop_status(self):
        self.account()
        self.unit(packaged("systemd", "geode.service"))
        self.write_etc("geode.yaml", packaged("geode.yaml"))
        begin = time.monotonic()
        self.passes("systemctl", "start", "geode")
        self.bash("for i in {1..30}; do if geode ping > /dev/null 2>&1; then exit 0; fi; sleep 2; done; exit 1", timeout=70)
        self.assertLess(time.monotonic() - begin, 60)
        self.assertEqual(self.passes("systemctl", "is-active", "geode"), "active\n")
        self.assertIn("connections", self.passes("geode", "status"))
        self.passes("systemctl", "stop", "geode")
        self.assertEqual(self.run_command("systemctl", "is-active", "geode").code, 3)

    def write_etc(self, name, text):
        os.makedirs("/etc/geode", exist_ok=True)
        with open("/etc/geode/" + name, "w", encoding="utf-8") as file:
            file.write(text)
        self.addCleanup(os.unlink, "/etc/geode/" + name)

    def test_052_name_and_memory(self):
        self.serve()
        (pid,) = self.passes("pidof", "geode").split()
        self.assertIn("geode serve", self.bash("ps aux | grep geode | grep -v grep"))
        self.assertGreater(int(self.bash("lsof -p $(pidof geode) | wc -l")), 5)
        self.assertRegex(self.bash("netstat -an | grep 3141"), r"tcp .*0\.0\.0\.0:3141 .*LISTEN")
        end_of = self.run_command("kill", "-TERM", pid)
        self.assertEqual(end_of.code, 0)
        # As much address space as a small machine has: a statement fails, the database does not.
        limited = subprocess.Popen(["bash", "-c", "ulimit -m 8388608; exec geode serve --listen 127.0.0.1:3161 --metrics-listen none "
                                    "--data-dir small"], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(end, limited)
        url = "geode://127.0.0.1:3161?ca=small/tls/development-certificate.pem"
        self.eventually(lambda: self.run_command("geode", "ping", url).code == 0, "an answer")
        self.passes("geode", "shell", url, "-c", "CREATE (:Row052)")
        self.passes("geode", "verify", "small")

    def test_053_limits_of_containers(self):
        # Control groups cannot be made here: tests/server/config reads made-up ones of both versions. Here: the processors that
        # the process may use, and the limits that the shipped objects set.
        out = self.passes("taskset", "-c", "0", "geode", "config", "show")
        self.assertIn("performance.worker_threads: 1\n", out)
        objects = list(yaml.safe_load_all(packaged("kubernetes", "geode.yaml")))
        (stateful,) = [each for each in objects if each["kind"] == "StatefulSet"]
        (container,) = stateful["spec"]["template"]["spec"]["containers"]
        self.assertLessEqual({"cpu", "memory"}, container["resources"]["limits"].keys())
        self.assertEqual(stateful["spec"]["volumeClaimTemplates"][0]["spec"]["accessModes"], ["ReadWriteOnce"])
        self.assertIn("podAntiAffinity", json.dumps(stateful))

    def test_054_isolation_of_connections(self):
        self.serve()
        first, second = self.hold_a_connection(), self.hold_a_connection()
        self.ask(first, "BEGIN TRANSACTION; CREATE (:Row054); RETURN 1;")
        self.assertEqual(self.ask(second, "MATCH (n:Row054) RETURN count(n);"), "0")
        self.assertEqual(self.ask(first, "COMMIT; RETURN 1;"), "1")
        self.assertEqual(self.ask(second, "MATCH (n:Row054) RETURN count(n);"), "1")
        names = {row["name"] for row in self.rows("CALL system.memory_stats()")}
        self.assertLessEqual({"process.resident", "database.used", "query.limit"}, names)

    def test_055_connections(self):
        self.serve("--max-connections", "3")
        shell = self.hold_a_connection()
        idle = self.rows("SELECT session, user, client, address, idle_since, query FROM system.connections WHERE query IS NULL")
        self.assertEqual(len(idle), 1)
        self.assertIsNotNone(idle[0]["idle_since"])
        shell.stdin.write("FOR i IN range(1, 100000000000) RETURN max(i);\n")
        shell.stdin.flush()
        running = self.eventually(lambda: [row for row in self.rows("CALL system.list_queries()") if "range" in row["query"]],
                                  "the statement among those that run")
        self.assertEqual(self.metric("geode_connection_pool_active"), 1)
        self.says("CALL system.kill_query('%s')" % running[0]["id"])
        self.assertEqual(self.metric("geode_connection_pool_max"), 3)

    def test_056_schema_changes(self):
        server = self.serve("--audit-log", "audit.log", "--audit-level", "security")
        self.says("CREATE INDEX by_name FOR (n:Row056) ON (n.name)")
        self.stop(server)
        events = [json.loads(line) for line in self.log("audit.log").splitlines()]
        (event,) = [each for each in events if "by_name" in json.dumps(each)]
        self.assertEqual(event["event_type"], "administration")
        self.assertRegex(event["timestamp"], r"^\d{4}-\d\d-\d\dT")
        self.assertIn("actor", event)

    def test_057_deployment(self):
        self.account()
        self.unit(packaged("systemd", "geode.service"))
        self.write_etc("geode.yaml", packaged("geode.yaml"))
        os.makedirs("/var/lib/geode/data", mode=0o755, exist_ok=True)
        shutil.chown("/var/lib/geode", "geode", "geode")
        shutil.chown("/var/lib/geode/data", "geode", "geode")
        self.passes("systemctl", "start", "geode")
        for number in range(3):
            self.eventually(lambda: self.run_command("geode", "ping").code == 0, "an answer")
            self.says("CREATE (:Row057 {number: %d})" % number)
            self.passes("systemctl", "restart", "geode")
        self.eventually(lambda: self.run_command("geode", "ping").code == 0, "an answer")
        self.assertEqual(self.rows("MATCH (n:Row057) RETURN count(n) AS n"), [{"n": 3}])
        self.assertEqual(os.stat("/var/lib/geode/data").st_mode & 0o777, 0o755)
