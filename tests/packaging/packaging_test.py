#!/usr/bin/env python3
"""What packaging/ ships holds: the programs that read these files take them, and what they name is there."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
PACKAGING = os.path.join(ROOT, "packaging")
GEODE = os.path.abspath(os.environ.get("GEODE", shutil.which("geode") or "geode"))


def read(*names):
    with open(os.path.join(PACKAGING, *names), encoding="utf-8") as file:
        return file.read()


def run(*command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, **more)


class Packaging(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="geode-packaging-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def passes(self, *command, **more):
        done = run(*command, **more)
        self.assertEqual(done.returncode, 0, "%s\n%s" % (" ".join(command), done.stdout))
        return done.stdout

    def need(self, program):
        if shutil.which(program) is None:
            self.skipTest(program + " is not installed")

    def rendered(self, name):
        """An Ansible template with the variables of the playbook; these use nothing but {{ name }}."""
        (play,) = yaml.safe_load(read("ansible", "geode-playbook.yml"))
        text = read("ansible", "templates", name)
        for key, value in play["vars"].items():
            text = text.replace("{{ %s }}" % key, str(value))
        self.assertNotIn("{{", text)
        return text

    def test_systemd_takes_the_units(self):
        self.need("systemd-analyze")
        for text in (read("systemd", "geode.service"), self.rendered("geode.service.j2")):
            unit = self.write("geode.service", text.replace("/usr/local/bin/geode", GEODE))
            out = self.passes("systemd-analyze", "verify", "--man=no", unit)
            self.assertNotIn("geode.service", out)
        self.assertIn("ExecReload=/bin/kill -USR1 $MAINPID", read("systemd", "geode.service"))

    def test_configurations_are_right(self):
        config_map = next(d for d in yaml.safe_load_all(read("kubernetes", "geode.yaml")) if d["kind"] == "ConfigMap")
        for text in (read("geode.yaml"), self.rendered("geode.conf.j2"), config_map["data"]["geode.yaml"]):
            self.assertEqual(self.passes(GEODE, "config", "check", self.write("geode.yaml", text)), "ok\n")

    def test_the_image_has_the_libraries_that_the_executable_needs(self):
        self.need("dpkg-query")
        needed = set()
        for library in re.findall(r"=> (/\S+)", self.passes("ldd", GEODE)):
            place = os.path.realpath(library)
            places = [place, place.removeprefix("/usr")]
            found = [line for line in run("dpkg-query", "-S", *places).stdout.splitlines()
                     if line.endswith(tuple(places)) and not line.startswith("dpkg-query:")]
            self.assertTrue(found, place)
            needed.add(found[0].split(":")[0])
        needed = {p for p in needed if not re.match(r"lib(asan|ubsan|tsan|lsan)\d*$", p)}
        (listed,) = re.findall(r"no-install-recommends((?:[^&]|\n)*?) && rm", read("docker", "Dockerfile"))
        there, new = {"libc6", "libstdc++6", "libgcc-s1"}, set(listed.replace("\\", " ").split())
        while new:
            there |= new
            # What these bring in with them.
            depends = run("dpkg-query", "-W", "-f=${Depends},", *sorted(new)).stdout
            new = {m.group() for item in depends.split(",") if (m := re.match(r"[a-z0-9.+-]+", item.strip()))} - there
        self.assertEqual(needed - there, set())

    def test_kubernetes_objects_fit_together(self):
        objects = {(d["kind"], d["metadata"]["name"]): d for d in yaml.safe_load_all(read("kubernetes", "geode.yaml"))}
        pod = objects["StatefulSet", "geode"]["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        volumes = {v["name"] for v in pod["volumes"]} | {
            c["metadata"]["name"] for c in objects["StatefulSet", "geode"]["spec"]["volumeClaimTemplates"]}
        self.assertEqual({m["name"] for m in container["volumeMounts"]}, volumes)
        ports = {p["name"]: p["containerPort"] for p in container["ports"]}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            self.assertIn(container[probe]["httpGet"]["port"], ports)
            self.assertIn(container[probe]["httpGet"]["path"], ("/live", "/ready", "/health"))
        self.assertTrue(objects["Service", "geode"]["spec"]["publishNotReadyAddresses"])
        labels = objects["StatefulSet", "geode"]["spec"]["template"]["metadata"]["labels"]
        for (kind, _), service in objects.items():
            if kind == "Service":
                self.assertLessEqual(service["spec"]["selector"].items(), labels.items())
                for port in service["spec"]["ports"]:
                    self.assertIn(port.get("targetPort", port["port"]), [*ports, *ports.values()])
        config = yaml.safe_load(objects["ConfigMap", "geode"]["data"]["geode.yaml"])
        grace = int(config["server"]["shutdown_grace"].removesuffix("s"))
        self.assertGreater(pod["terminationGracePeriodSeconds"], grace)

    def metric_names(self):
        """Those of a server, that of Prometheus itself among them."""
        with open(self.path("log"), "w", encoding="utf-8") as log:
            server = subprocess.Popen([GEODE, "serve", "--data-dir", self.path("data"), "--listen", "none",
                                       "--metrics-listen", "127.0.0.1:0"], stdout=log, stderr=log,
                                      env=dict(os.environ, GEODE_CONFIG=self.write("none.yaml", "{}")))
        try:
            end = time.monotonic() + 30
            while True:
                with open(self.path("log"), encoding="utf-8") as log:
                    text = log.read()
                if "serving" in text:
                    break
                self.assertLess(time.monotonic(), end, text)
                time.sleep(0.02)
            port = re.search(r"pages for probes.*port=(\d+)", text).group(1)
            with urllib.request.urlopen("http://127.0.0.1:%s/metrics" % port, timeout=20) as answer:
                return set(re.findall(r"^(\w+)", answer.read().decode(), re.M)) | {"up"}
        finally:
            server.kill()
            server.wait()

    def test_alerts_and_dashboard_ask_for_metrics_that_there_are(self):
        rules = yaml.safe_load(read("prometheus", "alerting_rules.yml"))
        (group,) = rules["groups"]
        self.assertEqual([r["alert"] for r in group["rules"]],
                         ["HighQueryLatency", "HighErrorRate", "ConnectionPoolExhaustion", "ReplicationLag", "NodeDown"])
        dashboard = json.loads(read("grafana", "geode.json"))
        expressions = [r["expr"] for r in group["rules"]]
        expressions += [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
        names = self.metric_names()
        for expression in expressions:
            plain = re.sub(r'"[^"]*"|\{[^}]*\}|\bby \([^)]*\)', "", expression)
            asked = [w for w in re.findall(r"[a-z_]{2,}", plain) if w not in ("histogram_quantile", "rate", "sum")]
            self.assertTrue(asked)
            for name in asked:
                self.assertIn(name, names, expression)

    def test_promtool_takes_the_rules(self):
        self.need("promtool")
        folder = os.path.join(PACKAGING, "prometheus")
        self.passes("promtool", "check", "config", "prometheus.yml", cwd=folder)
        self.passes("promtool", "check", "rules", "alerting_rules.yml", cwd=folder)
        self.passes("promtool", "test", "rules", "alerting_rules_test.yml", cwd=folder)

    def test_logrotate_takes_its_file(self):
        self.need("logrotate")
        text = read("logrotate", "geode").replace("/var/log/geode", self.folder).replace(
            "create 0640 geode geode", "create 0640 %s %s" % tuple(
                run("id", "-" + flag + "n").stdout.strip() for flag in "ug"))
        os.chmod(self.folder, 0o755)
        path = self.write("logrotate", text)
        os.chmod(path, 0o644)
        self.write("server.log", "a line\n")
        self.assertNotIn("error", self.passes("logrotate", "--debug", path))

    def upgrade(self, *arguments, ready=True):
        """The script, with an ssh that notes what it is asked. The outcome and the notes."""
        notes = self.path("notes")
        for program, answer in (("ssh", "case \"$*\" in *'geode ready') exit %d;; esac" % (not ready)), ("scp", ":")):
            script = self.write("bin/" + program, "#!/bin/sh\necho %s \"$@\" >> '%s'\n%s\n" % (program, notes, answer))
            os.chmod(script, 0o755)
        env = dict(os.environ, PATH=self.path("bin") + ":" + os.environ["PATH"], DRAIN_SECONDS="0", READY_SECONDS="0")
        done = run(os.path.join(PACKAGING, "upgrade", "rolling_upgrade.sh"), *arguments, cwd=self.folder, env=env)
        text = ""
        if os.path.exists(notes):
            with open(notes, encoding="utf-8") as file:
                text = file.read()
        return done, text

    def test_an_upgrade_takes_one_node_after_the_other(self):
        self.assertEqual(self.upgrade("0.1.4", "a")[0].returncode, 2)
        self.write("geode-0.1.4.tar.gz", "")
        done, notes = self.upgrade("0.1.4", "a", "b")
        self.assertEqual(done.returncode, 0, done.stdout)
        steps = [(m.group(1), m.group(2)) for m in re.finditer(
            r"^ssh (\w) .*?(systemctl \w+|tar czf|tar xzf|geode ready)", notes, re.M)]
        expected = ["systemctl reload", "systemctl stop", "tar czf", "tar xzf", "systemctl start", "geode ready"]
        self.assertEqual(steps, [("a", s) for s in expected] + [("b", s) for s in expected])

    def test_an_upgrade_stops_at_a_node_that_does_not_come_back(self):
        self.write("geode-0.1.4.tar.gz", "")
        done, notes = self.upgrade("0.1.4", "a", "b", ready=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("a: not ready", done.stdout)
        self.assertNotIn("ssh b", notes)

    def test_scripts_are_read_by_their_shells(self):
        for script in glob.glob(os.path.join(PACKAGING, "**", "*.sh"), recursive=True):
            with open(script, encoding="utf-8") as file:
                shell = "bash" if "bash" in file.readline() else "sh"
            self.passes(shell, "-n", script)

    def test_a_release_is_the_same_each_time(self):
        self.need("strip")
        made = []
        for folder in ("a", "b"):
            os.mkdir(self.path(folder))
            script = os.path.join(PACKAGING, "release", "make_release.py")
            made.append(self.passes(sys.executable, script, "--geode", GEODE, "--output", self.path(folder)).strip())
        with open(made[0], "rb") as first, open(made[1], "rb") as second:
            self.assertEqual(first.read(), second.read())
        self.passes("tar", "xzf", made[0], "-C", self.folder)
        self.assertEqual(self.passes(self.path("geode/zig-out/bin/geode"), "--version"), self.passes(GEODE, "--version"))
        for name in ("LICENSE", "share/doc/geode/operations/deploy.md", "packaging/systemd/geode.service",
                     "share/bash-completion/completions/geode", "share/zsh/site-functions/_geode"):
            self.assertTrue(os.path.getsize(self.path("geode/" + name)), name)

    def test_users_load_a_server(self):
        socket = self.path("geode.sock")
        with open(self.path("log"), "w", encoding="utf-8") as log:
            server = subprocess.Popen([GEODE, "serve", "--data-dir", self.path("data"), "--listen", "none", "--metrics-listen", "none",
                                       "--unix-socket", socket], stdout=log, stderr=log, env=dict(os.environ, GEODE_CONFIG=os.devnull))
        try:
            end = time.monotonic() + 30
            while not os.path.exists(socket):
                self.assertLess(time.monotonic(), end)
                time.sleep(0.02)
            script = os.path.join(PACKAGING, "load_test", "load_test.py")
            out = self.passes(sys.executable, script, "geode+unix://" + socket, "--users", "20", "--spawn-rate", "40", "--run-time", "5s",
                              "--wait", "0.05", "0.1", "--people", "1000", "--processes", "2", "--json")
        finally:
            server.kill()
            server.wait()
        report = json.loads(out)
        self.assertEqual((report["users"], report["errors"]), (20, 0))
        self.assertGreater(report["statements"], 100)
        self.assertGreater(report["read"]["statements"], 3 * report["write"]["statements"])
        self.assertLessEqual(report["read"]["p50_ms"], report["read"]["p99_ms"])
        self.assertNotEqual(run(sys.executable, script, "geode+unix:///nowhere", "--run-time", "1s").returncode, 0)

    def test_the_playbook_names_files_that_are_there(self):
        (play,) = yaml.safe_load(read("ansible", "geode-playbook.yml"))
        handlers = {h["name"] for h in play["handlers"]}
        for task in play["tasks"]:
            notify = task.get("notify", [])
            self.assertLessEqual(set([notify] if isinstance(notify, str) else notify), handlers)
            template = task.get("ansible.builtin.template")
            if template:
                self.assertTrue(os.path.exists(os.path.join(PACKAGING, "ansible", "templates", template["src"])))


if __name__ == "__main__":
    sys.exit(unittest.main())
