"""geode config: what a server is configured with, and where from."""

import json
import unittest

from cli import CliTest


class Config(CliTest):
    def settings(self, *arguments, **env):
        env.setdefault("GEODE_CONFIG", self.write("empty.yaml", "{}"))
        report = json.loads(self.check(self.geode("config", "show", "--json", *arguments, **env), err="").out)
        self.assertEqual(report["schema"], "geode.config/1")
        return {setting.pop("name"): setting for setting in report["settings"]}

    def test_values_tell_where_they_come_from(self):
        file = self.write("geode.yaml", "server:\n  listen: 127.0.0.1:1\n  max_connections: 5\n")
        settings = self.settings("--config", file, "--listen", "[::1]:2", GEODE_NODE_ID="geode-0")
        self.assertEqual(settings["server.listen"], {"value": "[::1]:2", "origin": "flag", "place": "--listen"})
        self.assertEqual(settings["server.max_connections"],
                         {"value": "5", "origin": "file", "place": file + ":3:20"})
        self.assertEqual(settings["cluster.node_id"],
                         {"value": "geode-0", "origin": "environment", "place": "GEODE_NODE_ID"})
        self.assertEqual(settings["metrics.listen"], {"value": "0.0.0.0:9090", "origin": "default", "place": ""})
        text = self.check(self.geode("config", "show", "--origin", "--config", file)).out
        self.assertRegex(text, r"(?m)^server\.max_connections: 5 +# .*geode\.yaml:3:20$")

    def test_what_is_shown_is_a_value_that_is_taken(self):
        for name, setting in self.settings().items():
            if setting["value"]:
                variable = "GEODE_" + name.upper().replace(".", "_")
                if name.startswith("server.tls."):
                    continue  # they need one another
                self.assertEqual(self.settings(**{variable: setting["value"]})[name]["value"], setting["value"], name)

    def test_check_tells_all_that_is_wrong(self):
        good = self.write("good.yaml", "server: {listen: '0.0.0.0:3141'}\n")
        self.check(self.geode("config", "check", good), out="ok\n", err="")
        bad = self.write("bad.yaml", "server:\n  listn: a:1\nperformance:\n  query_timeout: 60\n")
        outcome = self.check(self.geode("config", "check", bad), code=2, out="")
        self.assertIn(bad + ":2:3: there is no key `server.listn`", outcome.err)
        self.assertIn("did you mean `server.listen`?", outcome.err)
        self.assertIn(bad + ":4:18: performance.query_timeout: `60` is no duration", outcome.err)

    def test_check_looks_at_the_file_alone(self):
        good = self.write("good.yaml", "{}")
        self.check(self.geode("config", "check", good, GEODE_SERVER_LISTEN="nonsense"), out="ok\n")
        outcome = self.check(self.geode("config", "show", "--config", good, GEODE_SERVER_LISTEN="nonsense"), code=2)
        self.assertIn("GEODE_SERVER_LISTEN: server.listen: `nonsense` is no host:port", outcome.err)

    def test_a_file_that_is_not_there_is_a_mistake_of_usage(self):
        outcome = self.check(self.geode("config", "show", "--config", self.path("none.yaml")), code=2, out="")
        self.assertIn("none.yaml: the configuration cannot be read: No such file or directory", outcome.err)

    def test_keys_are_listed(self):
        report = json.loads(self.check(self.geode("config", "keys", "--json")).out)
        names = [key["name"] for key in report["keys"]]
        self.assertIn("server.tls.min_version", names)
        text = self.check(self.geode("config", "keys")).out
        self.assertEqual([line.split()[0] for line in text.splitlines()], names)


if __name__ == "__main__":
    unittest.main()
