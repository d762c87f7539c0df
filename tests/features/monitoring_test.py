"""Metrics, alerts and logs (rows 195 to 208)."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request

import yaml

from feature import Feature, Served, packaged

# As the guide has them.
ALERTS = {
    "HighQueryLatency": "histogram_quantile(0.95, rate(geode_query_duration_seconds_bucket[5m])) > 1",
    "HighErrorRate": 'rate(geode_queries_total{status="error"}[5m]) / rate(geode_queries_total[5m]) > 0.05',
    "ConnectionPoolExhaustion": "geode_connection_pool_active / geode_connection_pool_max > 0.9",
    "ReplicationLag": "geode_replication_lag_seconds > 10",
    "NodeDown": 'up{job="geode"} == 0',
}
PANELS = {
    "Query Latency (p95)": "histogram_quantile(0.95, rate(geode_query_duration_seconds_bucket[5m]))",
    "Queries Per Second": "rate(geode_queries_total[1m])",
    "Error Rate": "rate(geode_queries_total{status='error'}[5m]) / rate(geode_queries_total[5m])",
    "Connection Pool Utilization": "geode_connection_pool_active / geode_connection_pool_max * 100",
}


class Metrics(Served):
    def test_195_query_duration(self):
        before = self.metric("geode_query_duration_seconds_count")
        self.says("RETURN 1")
        self.assertEqual(self.metric("geode_query_duration_seconds_count"), before + 1)
        self.assertGreater(self.metric("geode_query_duration_seconds_sum"), 0)
        buckets = re.findall(r'^geode_query_duration_seconds_bucket\{.*?le="([^"]+)"\} (\d+)$', self.page("/metrics")[1], re.M)
        self.assertEqual(buckets[-1][0], "+Inf")
        counts = [int(count) for _, count in buckets]
        self.assertEqual(counts, sorted(counts))

    def test_196_queries_total(self):
        good, bad = (self.metric('geode_queries_total{status="%s"}' % status) for status in ("success", "error"))
        self.says("RETURN 1")
        self.refused("RETURN 1 / 0", "22012")
        self.assertEqual(self.metric('geode_queries_total{status="success"}'), good + 1)
        self.assertEqual(self.metric('geode_queries_total{status="error"}'), bad + 1)

    def test_197_connection_pool(self):
        self.assertEqual(self.metric("geode_connection_pool_max"), 1000)
        shell = subprocess.Popen(["geode", "shell", "--no-header"], cwd=self.folder, text=True, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        with shell:
            shell.stdin.write("RETURN 1;\n")
            shell.stdin.flush()
            shell.stdout.readline()
            self.assertEqual(self.metric("geode_connection_pool_active"), 1)
            shell.stdin.close()
        self.eventually(lambda: self.metric("geode_connection_pool_active") == 0, "no connection")

    def test_198_transaction_duration(self):
        before = self.metric("geode_transaction_duration_seconds_count")
        self.says("BEGIN TRANSACTION; CREATE (:Row198); COMMIT")
        self.assertGreater(self.metric("geode_transaction_duration_seconds_count"), before)

    def test_199_replication_lag(self):
        self.assertEqual(self.metric("geode_replication_lag_seconds"), 0)  # of the only server

    def test_200_scrape(self):
        (job,) = yaml.safe_load(packaged("prometheus", "prometheus.yml"))["scrape_configs"]
        self.assertEqual((job["job_name"], job["metrics_path"], job["scrape_interval"]), ("geode", "/metrics", "15s"))
        self.assertTrue(all(target.endswith(":9090") for target in job["static_configs"][0]["targets"]))
        if shutil.which("promtool"):
            self.passes("promtool", "check", "metrics", stdin=self.page("/metrics")[1])

    def test_201_active_connections(self):
        self.assertEqual(self.metric("geode_active_connections"), self.metric("geode_connection_pool_active"))

    def test_202_resources(self):
        first = self.metric("geode_uptime_seconds")
        time.sleep(0.05)
        self.assertGreater(self.metric("geode_uptime_seconds"), first)
        self.assertGreater(self.metric("process_resident_memory_bytes"), 1 << 20)
        self.assertGreater(self.metric("process_cpu_seconds_total"), 0)
        self.assertRegex(self.page("/metrics")[1], r"(?m)^geode_disk_usage_bytes(\{.*\})? [1-9]")

    def test_203_alerts_and_dashboard(self):
        """The guide's expressions, unmodified: what they name is there. promtool reads the shipped ones in tests/packaging."""
        there = set(re.findall(r"^(\w+)", self.page("/metrics")[1], re.M)) | {"up"}
        for expression in [*ALERTS.values(), *PANELS.values()]:
            plain = re.sub(r'"[^"]*"|\'[^\']*\'|\{[^}]*\}|\[[^\]]*\]', "", expression)
            names = set(re.findall(r"[a-z_]{2,}", plain)) - {"histogram_quantile", "rate"}
            self.assertTrue(names)
            self.assertLessEqual(names, there, expression)
        (group,) = yaml.safe_load(packaged("prometheus", "alerting_rules.yml"))["groups"]
        self.assertEqual([rule["alert"] for rule in group["rules"]], list(ALERTS))
        titles = [panel["title"] for panel in json.loads(packaged("grafana", "geode.json"))["panels"]]
        self.assertLessEqual(set(PANELS), set(titles))


class Logs(Feature):
    def test_204_places_and_levels(self):
        self.stop(self.serve("--log-level", "info"))
        self.assertIn(" INFO ", self.log())
        self.stop(self.serve("--log-level", "info", "--log-output", self.path("file.log")))
        self.assertIn(" INFO ", self.log("file.log"))

    def test_205_words(self):
        config = self.write("geode.yaml", "logging:\n  slow_query: 1ms\n")
        server = self.serve("--config", config)
        self.says("FOR i IN range(1, 5000000) RETURN max(i)")
        self.assertTrue(self.bash('grep "query execution time" server.log'))
        self.stop(server)
        # What cannot be opened is an error; `high memory` cannot be brought about on a machine of any size: the server's own
        # tests have it.
        self.write("wrong/database.geode", "no database at all, and long enough to be looked at" * 100)
        self.assertEqual(self.run_command("bash", "-c", "geode serve --data-dir wrong > wrong.log 2>&1").code, 3)
        self.assertRegex(self.log("wrong.log"), r"ERROR|error")

    def test_206_lines_begin_with_the_date(self):
        self.stop(self.serve("--log-level", "debug"))
        for line in self.log().splitlines():
            self.assertRegex(line, r"^\d{4}-\d{2}-\d{2}")

    def test_207_json(self):
        server = self.serve("--log-format", "json", "--config", self.write("geode.yaml", "logging:\n  slow_query: 1ms\n"))
        self.says("FOR i IN range(1, 5000000) RETURN max(i)")
        self.stop(server)
        lines = [json.loads(line) for line in self.log().splitlines()]
        (slow,) = [line for line in lines if line["message"] == "query execution time"]
        self.assertLessEqual({"timestamp", "level", "logger", "message", "duration_ms", "rows_returned"}, slow.keys())

    def test_208_memory(self):
        self.serve("--config", self.write("geode.yaml", "performance:\n  max_query_memory: 16MB\n"))
        error = self.refused("FOR i IN range(1, 3000000) RETURN size(collect_list(toString(i))) AS n", "53X01", code=7)
        self.assertIn("memory", error)
        self.assertEqual(self.metric('geode_queries_total{status="error"}'), 1)
        self.assertGreater(self.metric("process_resident_memory_bytes"), 0)
