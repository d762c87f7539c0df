"""geode serve --http-query-listen, asked by curl."""

import json
import os
import re
import subprocess
import time
import unittest

from cli import GEODE, CliTest, environment


class HttpQuery(CliTest):
    def setUp(self):
        super().setUp()
        log_path = self.path("server.log")
        with open(log_path, "wb") as log:
            self.server = subprocess.Popen(
                [GEODE, "serve", "--data-dir", self.path("data"), "--listen", "none", "--metrics-listen", "none",
                 "--http-query-listen", "127.0.0.1:0"], stdout=log, stderr=log, cwd=self.folder,
                env=environment(GEODE_CONFIG=self.write("none.yaml", "{}")))
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.kill)
        end = time.monotonic() + 20
        port = None
        while not port:
            self.assertLess(time.monotonic(), end)
            with open(log_path, encoding="utf-8") as log:
                port = re.search(r"queries at /v1/query.*port=(\d+)", log.read())
            time.sleep(0.01)
        self.url = "https://127.0.0.1:%s/v1/query" % port.group(1)

    def curl(self, *arguments, **body):
        """The status of HTTP, and the body of the answer."""
        completed = subprocess.run(
            ["curl", "-sS", "--cacert", self.path("data/tls/development-certificate.pem"), "-w", "\n%{http_code}",
             "-H", "Content-Type: application/json", *(["-d", json.dumps(body)] if body else []), *arguments, self.url],
            capture_output=True, text=True, timeout=60, check=True)
        text, _, status = completed.stdout.rpartition("\n")
        return int(status), text

    def test_statements_are_answered(self):
        status, text = self.curl(statement="INSERT (:Person {name: $name})", parameters={"name": "Ada"})
        self.assertEqual((status, json.loads(text)["counters"]["nodes_created"]), (200, 1))
        status, text = self.curl("-u", "anybody:at all", statement="MATCH (p:Person) RETURN p.name AS name")
        self.assertEqual((status, json.loads(text)["rows"]), (200, [["Ada"]]))
        self.assertEqual(self.curl(statement="MATCH (")[0], 400)
        self.assertEqual(self.curl()[0], 405)

    def test_a_body_for_which_curl_asks_leave_is_taken(self):
        path = self.write("body.json", json.dumps({"statement": "RETURN char_length($x)", "parameters": {"x": "x" * 3000000}}))
        status, text = self.curl("--data-binary", "@" + path)
        self.assertEqual((status, json.loads(text)["rows"]), (200, [[3000000]]))
        status, text = self.curl("-H", "Transfer-Encoding: chunked", "--data-binary", "@" + path)
        self.assertEqual((status, json.loads(text)["rows"]), (200, [[3000000]]))

    def test_one_connection_serves_several_requests_of_either_version(self):
        path = self.write("body.json", '{"statement": "FOR i IN range(1, 100000) RETURN i"}')
        for version in ("--http1.1", "--http1.0"):
            completed = subprocess.run(
                ["curl", "-sS", version, "--cacert", self.path("data/tls/development-certificate.pem"),
                 "-H", "Content-Type: application/json", "--data-binary", "@" + path, self.url,
                 "--next", "-sS", version, "--cacert", self.path("data/tls/development-certificate.pem"),
                 "-H", "Content-Type: application/json", "--data-binary", "@" + path, self.url],
                capture_output=True, text=True, timeout=60, check=True)
            answers = [json.loads(line) for line in completed.stdout.splitlines()]
            self.assertEqual([answer["row_count"] for answer in answers], [100000, 100000])
            self.assertEqual(answers[1]["rows"][-1], [100000])

    def test_older_versions_of_tls_are_not_spoken(self):
        completed = subprocess.run(["curl", "-sS", "-k", "--tls-max", "1.2", self.url], capture_output=True, timeout=60)
        self.assertEqual(completed.returncode, 35)


if __name__ == "__main__":
    unittest.main()
