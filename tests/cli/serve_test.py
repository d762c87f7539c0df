"""geode serve: pages for probes, signals, logs, and what it says when it cannot begin."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from cli import GEODE, CliTest, environment


class Serve(CliTest):
    def start(self, *arguments, ready=True, **env):
        """A server on ports that are free; its log is server.log."""
        self.log_path = self.path("server.log")
        command = [GEODE, "serve", "--data-dir", self.path("data"), "--listen", "127.0.0.1:0",
                   "--metrics-listen", "127.0.0.1:0", *arguments]
        with open(self.log_path, "ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder,
                                       env=environment(GEODE_CONFIG=self.write("none.yaml", "{}"), **env))
        self.addCleanup(self.end, process)
        if ready:
            self.await_log(r"serving ")
            self.pages = "http://127.0.0.1:%s" % self.await_log(r'pages for probes.*port"?[=:](\d+)').group(1)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.wait()

    def log(self):
        with open(self.log_path, encoding="utf-8") as file:
            return file.read()

    def await_log(self, pattern, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.log())
            if found:
                return found
            time.sleep(0.01)
        self.fail("no %s in the log:\n%s" % (pattern, self.log()))

    def page(self, path):
        try:
            with urllib.request.urlopen(self.pages + path, timeout=10) as answer:
                return answer.status, answer.read().decode("utf-8")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8")

    def test_pages_tell_how_the_server_is(self):
        server = self.start()
        status, body = self.page("/health")
        self.assertEqual(status, 200)
        health = json.loads(body)
        self.assertEqual(health["status"], "healthy")
        self.assertRegex(health["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual("geode %s\n" % health["version"], self.geode("--version").out)
        self.assertEqual(self.page("/ready")[0], 200)
        self.assertEqual(json.loads(self.page("/ready")[1]),
                         {"status": "ready", "connections": 0, "active_transactions": 0})
        self.assertEqual(self.page("/live")[0], 200)
        self.assertEqual(self.page("/nothing")[0], 404)
        metrics = self.page("/metrics")[1]
        for name in ("geode_query_duration_seconds_bucket", "geode_queries_total", "geode_connection_pool_active",
                     "geode_connection_pool_max 1000", "geode_transaction_duration_seconds_count",
                     "geode_active_connections", "geode_build_info", "process_resident_memory_bytes"):
            self.assertIn("\n" + name, metrics)
        server.send_signal(signal.SIGTERM)
        self.assertEqual(server.wait(timeout=20), 0)
        self.assertIn(" INFO server: stopped", self.log())

    def test_the_database_is_that_of_the_data_directory(self):
        self.check(self.geode("shell", self.path("made.geode"), "-c", "INSERT (:Person {name: 'Ada'})"))
        os.mkdir(self.path("data"))
        os.rename(self.path("made.geode"), self.path("data/database.geode"))
        server = self.start()
        # Another process may use it at the same time.
        self.check(self.geode("shell", self.path("data"), "-c", "MATCH (p:Person) RETURN p.name AS name"), out="name\nAda\n")
        self.check(self.geode("shell", self.path("data"), "-c", "INSERT (:Person {name: 'Bob'})"))
        server.terminate()
        self.assertEqual(server.wait(timeout=20), 0)
        self.check(self.geode("verify", self.path("data")))

    def test_drain_is_seen_at_once_and_takes_no_new_clients(self):
        server = self.start("--unix-socket", self.path("geode.sock"))
        port = int(self.await_log(r"serving .*port=(\d+)").group(1))
        self.assertEqual(stat.S_IMODE(os.stat(self.path("geode.sock")).st_mode), 0o600)
        socket.create_connection(("127.0.0.1", port)).close()
        server.send_signal(signal.SIGUSR1)
        end = time.monotonic() + 10
        while self.page("/ready")[0] == 200 and time.monotonic() < end:
            time.sleep(0.005)
        self.assertEqual(json.loads(self.page("/ready")[1]), {"status": "not_ready", "reason": "draining"})
        self.assertEqual(self.page("/health")[0], 200)
        self.await_log("draining")
        with self.assertRaises(ConnectionRefusedError):
            for _ in range(100):
                socket.create_connection(("127.0.0.1", port)).close()
                time.sleep(0.02)
        self.assertFalse(os.path.exists(self.path("geode.sock")))
        server.send_signal(signal.SIGINT)
        self.assertEqual(server.wait(timeout=20), 0)

    def test_reload_takes_what_can_change_and_tells_of_the_rest(self):
        config = self.write("geode.yaml", "server: {max_connections: 5}\n")
        server = self.start("--config", config)
        self.assertIn("geode_connection_pool_max 5\n", self.page("/metrics")[1])
        self.write("geode.yaml", "server: {max_connections: 7}\nperformance: {worker_threads: 3}\n")
        server.send_signal(signal.SIGHUP)
        self.await_log("read again: " + re.escape(config))
        self.await_log("WARN config: performance.worker_threads changed, which counts from the next start on")
        self.assertIn("geode_connection_pool_max 7\n", self.page("/metrics")[1])
        self.write("geode.yaml", "server: {max_conections: 9}\n")
        server.send_signal(signal.SIGHUP)
        self.await_log("ERROR config: .*max_conections")
        self.await_log("ERROR config: all is as it was")
        self.assertIn("geode_connection_pool_max 7\n", self.page("/metrics")[1])
        server.terminate()
        self.assertEqual(server.wait(timeout=20), 0)

    def test_the_log_is_opened_again_where_a_tool_moved_it_away(self):
        log = self.path("geode.log")
        server = self.start("--log-output", log, "--log-format", "json", ready=False)
        self.log_path = log
        end = time.monotonic() + 20
        while not os.path.exists(log) and time.monotonic() < end:
            time.sleep(0.01)
        self.await_log('"serving"')
        os.rename(log, log + ".old")
        server.send_signal(signal.SIGHUP)
        while not os.path.exists(log) and time.monotonic() < end:
            time.sleep(0.01)
        server.send_signal(signal.SIGQUIT)
        self.await_log('"logger":"report"')
        server.terminate()
        self.assertEqual(server.wait(timeout=20), 0)
        lines = []
        for path in (log + ".old", log):
            with open(path, encoding="utf-8") as file:
                lines += [json.loads(line) for line in file]
        self.assertEqual(lines[-1]["message"], "stopped")
        self.assertIn("state", [line["message"] for line in lines])

    def test_lines_begin_with_the_date(self):
        server = self.start()
        server.terminate()
        server.wait(timeout=20)
        for line in self.log().splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO|WARN|ERROR) ")

    def test_what_keeps_it_from_beginning_is_told(self):
        server = self.start()
        port = re.search(r"pages for probes.*port=(\d+)", self.log()).group(1)
        taken = self.geode("serve", "--data-dir", self.path("other"), "--listen", "127.0.0.1:0",
                           "--metrics-listen", "127.0.0.1:" + port)
        self.check(taken, code=3)
        self.assertIn("--metrics-listen", taken.err)
        client_port = re.search(r"serving .*port=(\d+)", self.log()).group(1)
        taken = self.geode("serve", "--data-dir", self.path("other"), "--listen", "127.0.0.1:" + client_port,
                           "--metrics-listen", "none")
        self.check(taken, code=3)
        self.assertIn("cannot listen on 127.0.0.1:" + client_port, taken.err)
        self.assertIn(" ERROR server: cannot listen", taken.out)
        bad = self.geode("serve", "--listen", "nowhere")
        self.check(bad, code=2)
        self.assertIn("--listen", bad.err)
        self.write("file", "")
        self.check(self.geode("serve", "--data-dir", self.path("file/data"), "--metrics-listen", "none"), code=3)
        server.terminate()
        self.assertEqual(server.wait(timeout=20), 0)

    def test_a_manager_is_told(self):
        path = self.path("notify.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(20)
            server = self.start(NOTIFY_SOCKET=path, WATCHDOG_USEC="100000")
            self.assertRegex(manager.recv(4096).decode(), r"^READY=1\nSTATUS=serving on port \d+$")
            self.assertEqual(manager.recv(4096), b"WATCHDOG=1")
            server.send_signal(signal.SIGHUP)
            texts = []
            while not texts or texts[-1] != "READY=1":
                texts.append(manager.recv(4096).decode())
            self.assertRegex("\n".join(texts), r"RELOADING=1\nMONOTONIC_USEC=\d+")
            server.terminate()
            while not texts[-1].startswith("STOPPING=1"):
                texts.append(manager.recv(4096).decode())
            self.assertEqual(server.wait(timeout=20), 0)

    def test_ping_finds_the_server(self):
        nowhere = {"XDG_RUNTIME_DIR": self.folder, "GEODE_CONFIG": self.write("none.yaml", "{}"),
                   "GEODE_SERVER_LISTEN": "127.0.0.1:1"}
        self.check(self.geode("ping", **nowhere), code=3, out="")
        server = self.start("--unix-socket", self.path("geode.sock"))
        port = re.search(r"serving .*port=(\d+)", self.log()).group(1)
        ca = self.path("data/tls/development-certificate.pem")
        # By its URL, by the variable, by the socket, by host and port, by the configuration.
        self.check(self.geode("ping", "geode://127.0.0.1:%s?ca=%s" % (port, ca), **nowhere), out="PONG\n", err="")
        self.check(self.geode("ping", "geode+unix://" + self.path("geode.sock"), **nowhere), out="PONG\n", err="")
        self.check(self.geode("ping", **nowhere, GEODE_URL="geode+unix://" + self.path("geode.sock")), out="PONG\n")
        self.check(self.geode("ping", **nowhere), out="PONG\n")  # XDG_RUNTIME_DIR/geode.sock
        by_network = {**nowhere, "GEODE_SERVER_UNIX_SOCKET": "none"}
        self.check(self.geode("ping", **by_network, GEODE_HOST="127.0.0.1:" + port), out="PONG\n")
        self.check(self.geode("ping", **by_network, GEODE_HOST="127.0.0.1", GEODE_PORT=port, GEODE_TLS_CA=ca), out="PONG\n")
        self.check(self.geode("ping", **{**by_network, "GEODE_SERVER_LISTEN": "0.0.0.0:" + port}), out="PONG\n")
        answer = json.loads(self.check(self.geode("ping", "--json", **nowhere)).out)
        self.assertEqual((answer["schema"], answer["answer"]), ("geode.ping/1", "PONG"))
        untrusted = self.check(self.geode("ping", "geode://127.0.0.1:" + port, **nowhere), code=3, out="")
        self.assertIn("not trusted", untrusted.err)
        self.check(self.geode("ping", "http://127.0.0.1", **nowhere), code=2)
        server.terminate()
        self.assertEqual(server.wait(timeout=20), 0)

    def test_ping_of_a_server_that_does_not_answer_is_over_soon(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            begin = time.monotonic()
            outcome = self.geode("ping", "--timeout", "0.3", "geode://127.0.0.1:%d" % silent.getsockname()[1])
            self.assertLess(time.monotonic() - begin, 10)
            self.check(outcome, code=3, out="")

    def test_health_and_ready_tell_what_the_pages_do(self):
        server = self.start()
        port = re.search(r"pages for probes.*port=(\d+)", self.log()).group(1)
        pages = {"GEODE_CONFIG": self.path("none.yaml"), "GEODE_METRICS_LISTEN": "0.0.0.0:" + port}
        self.assertEqual(json.loads(self.check(self.geode("health", **pages)).out)["status"], "healthy")
        self.assertEqual(json.loads(self.check(self.geode("ready", **pages)).out)["status"], "ready")
        self.check(self.geode("ready", "geode://127.0.0.1", **pages))
        server.send_signal(signal.SIGUSR1)
        self.await_log("draining")
        self.assertEqual(json.loads(self.check(self.geode("ready", **pages), code=1).out)["reason"], "draining")
        self.check(self.geode("health", **pages))
        server.terminate()
        self.assertEqual(server.wait(timeout=20), 0)
        self.check(self.geode("ready", **pages), code=3, out="")
        none = self.check(self.geode("health", GEODE_METRICS_LISTEN="none", GEODE_CONFIG=self.path("none.yaml")), code=3)
        self.assertIn("metrics.listen is none", none.err)

    def test_what_was_killed_is_served_again(self):
        server = self.start("--unix-socket", self.path("geode.sock"))
        server.kill()
        server.wait()
        self.assertTrue(os.path.exists(self.path("geode.sock")))
        os.remove(self.log_path)
        server = self.start("--unix-socket", self.path("geode.sock"))
        server.terminate()
        self.assertEqual(server.wait(timeout=20), 0)

    def test_the_process_is_called_geode(self):
        server = self.start()
        with open("/proc/%d/comm" % server.pid, encoding="utf-8") as file:
            self.assertEqual(file.read(), "geode\n")
        server.terminate()
        self.assertEqual(server.wait(timeout=20), 0)


if __name__ == "__main__":
    unittest.main()
