#!/usr/bin/env python3
"""Writes the pages of docs/ that say what there is: conformance.md, functions.md, procedures.md, configuration.md.

  GEODE=build/release/bin/geode docs/generate.py            writes them
  GEODE=build/release/bin/geode docs/generate.py --check    compares them with what is there

The lists come from the executable (SHOW FEATURES, FUNCTIONS, PROCEDURES, `geode config keys`), the tests from the records of
tests/gqltest/conformance and the tags of tests/unit. A supported feature or a mandatory capability without a positive
or without a negative test is a mistake. Exit status 0 when all is well, 1 otherwise.
"""
import json
import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
CASES = os.path.join(ROOT, "tests", "gqltest", "conformance")

# Minimum conformance, 24.2, by subclause of ISO/IEC 39075:2024.
MANDATORY = [
    ("4.9.2", "GQL-status objects: every outcome carries a GQLSTATUS"),
    ("4.11", "graph patterns: labels, property maps, conditions, joins by variable"),
    ("4.13", "object types NODE and EDGE"),
    ("4.16", "BOOL with UNKNOWN, STRING, INT, FLOAT"),
    ("7.1", "SESSION SET SCHEMA and GRAPH"),
    ("7.2", "SESSION RESET"),
    ("7.3", "SESSION CLOSE"),
    ("8", "transactions: a statement that fails leaves nothing behind"),
    ("9", "procedure bodies: a nested query"),
    ("11", "CURRENT_GRAPH and CURRENT_PROPERTY_GRAPH"),
    ("13.2", "INSERT of nodes and edges"),
    ("13.3", "SET of properties; all right-hand sides of a row are computed first"),
    ("13.4", "REMOVE of properties"),
    ("13.5", "DELETE, DETACH DELETE, NODETACH DELETE"),
    ("14.3", "linear statements"),
    ("14.4", "MATCH, OPTIONAL MATCH"),
    ("14.9", "ORDER BY statement, ASC and DESC"),
    ("14.10", "RETURN [ALL | DISTINCT], *, FINISH"),
    ("14.12", "SELECT .. FROM graph MATCH .. WHERE, GROUP BY, HAVING"),
    ("16.1", "AT schema, HOME_SCHEMA, CURRENT_SCHEMA, paths of the catalog"),
    ("16.13", "WHERE"),
    ("16.14", "YIELD"),
    ("19.3", "comparison"),
    ("19.4", "EXISTS { .. } and EXISTS (..)"),
    ("19.5", "IS [NOT] NULL"),
    ("19.7", "IS [NOT] [NFC | NFD | NFKC | NFKD] NORMALIZED"),
    ("20.2", "primaries, literals, parameters, SESSION_USER"),
    ("20.7", "CASE, NULLIF, COALESCE"),
    ("20.9", "COUNT(*), COUNT, SUM, AVG, MIN, MAX, DISTINCT and ALL"),
    ("20.11", "property and variable references"),
    ("20.20", "AND, OR, NOT, IS TRUE, FALSE, UNKNOWN"),
    ("20.21", "+ - * /"),
    ("20.22", "CHAR_LENGTH, CHARACTER_LENGTH"),
    ("20.23", "|| of strings and lists"),
    ("20.24", "UPPER, LOWER, TRIM, LEFT, RIGHT, NORMALIZE"),
    ("21", "names and their quoting, literals"),
    ("22.15", "grouping by the items of RETURN that do not aggregate"),
]

POSITIVE = ("query", "statement", "plan", "notices")


class Pipe:
    """Asks `geode pipe` for rows."""

    def __init__(self):
        self.process = subprocess.Popen([os.environ.get("GEODE", "geode"), "pipe", ":memory:"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def rows(self, query):
        self.process.stdin.write(json.dumps({"op": "run", "query": query, "params": {}}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if not answer["ok"]:
            raise SystemExit("%s: %s" % (query, answer))
        return answer["rows"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def case_tests(tests):
    """Adds the records of .gqltest files to tests: {id: {"+": [names], "-": [names]}}."""
    for name in sorted(os.listdir(CASES)):
        if not name.endswith(".gqltest"):
            continue
        feature, fresh = None, True
        with open(os.path.join(CASES, name), encoding="utf-8") as file:
            for line in file:
                words = line.split()
                if not words or line.startswith("#"):
                    fresh = fresh or not words
                    continue
                if not fresh:
                    continue
                fresh = False
                if words[0] == "feature":
                    feature = words[1]
                    continue
                sign = "+" if words[0] in POSITIVE else "-" if words[0] == "error" else None
                if sign and feature:
                    tests.setdefault(feature, {"+": [], "-": []})[sign].append(name[:-len(".gqltest")])


def unit_tests(tests):
    """Unit tests are tagged [G002+] or [G002-]."""
    for folder, _, files in sorted(os.walk(os.path.join(ROOT, "tests", "unit"))):
        for name in sorted(files):
            if not name.endswith(".cpp"):
                continue
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                for feature, sign in re.findall(r"\[(G[A-Z]?\d{2,3})([+-])\]", file.read()):
                    tests.setdefault(feature, {"+": [], "-": []})[sign].append("unit:" + name[:-4])


def names_of(feature, sign, tests):
    """`path_patterns` G036+1, +2: the place of a record among those of its feature, sign and file."""
    places = []
    files = tests.get(feature, {}).get(sign, [])
    for file in dict.fromkeys(files):
        count = files.count(file)
        last = ".." + str(count) if count > 1 else ""
        places.append("%s %s%s1%s" % (file, feature, sign, last))
    return ", ".join(places)


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for row in rows:
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |")
    return "\n".join(lines)


def conformance(pipe, complaints):
    tests = {}
    case_tests(tests)
    unit_tests(tests)
    features = pipe.rows("SHOW FEATURES")
    supported = [row for row in features if row[2]]
    for feature, _ in MANDATORY + [(row[0], None) for row in supported]:
        for sign, word in (("+", "positive"), ("-", "negative")):
            if not names_of(feature, sign, tests):
                complaints.append("%s has no %s test" % (feature, word))
    known = {row[0] for row in features} | {subclause for subclause, _ in MANDATORY}
    complaints += ["%s is tested but does not exist" % feature for feature in tests if feature not in known]

    def rows_of(items):
        return [(feature, name, names_of(feature, "+", tests), names_of(feature, "-", tests)) for feature, name in items]

    by_id = {row[0]: row[2] for row in features}
    minimum = ", ".join("%s is %ssupported" % (feature, "" if by_id[feature] else "not ") for feature in ("GG01", "GG02", "GC04"))
    with open(os.path.join(ROOT, "docs", "conformance.in.md"), encoding="utf-8") as file:
        text = file.read()
    return fill(text, {
        "minimum": minimum,
        "supported_count": str(len(supported)),
        "feature_count": str(len(features)),
        "mandatory": table(("subclause", "capability", "positive", "negative"), rows_of(MANDATORY)),
        "supported": table(("ID", "name", "positive", "negative"), rows_of(row[:2] for row in supported)),
        "not_supported": table(("ID", "name"), [row[:2] for row in features if not row[2]]),
    })


def fill(text, values):
    for key, value in values.items():
        text = text.replace("{{%s}}" % key, value)
    return text


def functions(pipe, _):
    rows = pipe.rows("SHOW FUNCTIONS")
    text = "# Functions\n\nNames are found whatever the case of their letters. `SHOW FUNCTIONS` gives this list.\n"
    for kind, title in (("scalar", "Scalar functions"), ("aggregate", "Aggregate functions")):
        listed = [("`%s`" % row[2].replace("|", "\\|"), row[3]) for row in rows if row[1] == kind]
        lines = ["| %s | %s |" % (signature, description.replace("|", "\\|")) for signature, description in listed]
        text += "\n## %s\n\n| signature | |\n| --- | --- |\n%s\n" % (title, "\n".join(lines))
    return text


def procedures(pipe, _):
    rows = pipe.rows("SHOW PROCEDURES")
    lines = ["| `%s` | %s |" % (row[1].replace("|", "\\|"), row[2].replace("|", "\\|")) for row in rows]
    return ("# Procedures\n\n`CALL name(..) YIELD column` calls one, `SELECT * FROM name` lists what it gives, and "
            "`SHOW PROCEDURES` gives this list.\n\n| signature | |\n| --- | --- |\n" + "\n".join(lines) + "\n")


CONFIGURATION = """# Configuration of a server

A server is configured by a file, by variables of the environment and by flags. A flag outweighs a variable, a variable the file,
the file the default. `geode config show --origin` prints every value with the place it comes from, `geode config check FILE` tells
all that is wrong with a file, and `geode config keys` gives the list below. [operations/server.md](operations/server.md) tells of
the server that uses them.

## The file

It is YAML, and 1 MiB at most:

```yaml
server:
  listen: 0.0.0.0:3141
  tls:
    cert_file: /etc/geode/server.crt
    key_file: /etc/geode/server.key
storage:
  data_dir: /var/lib/geode/data
performance:
  query_timeout: 60s
  max_query_memory: 2GB
```

The first there is of these is read: the one that `--config` names, `$GEODE_CONFIG`, `$XDG_CONFIG_HOME/geode/geode.yaml`
(`~/.config/geode/geode.yaml` when that is not set), `/etc/geode/geode.yaml`, `/etc/geode/geode.conf`. One that is named must be
there. A key that does not exist or stands there twice is a mistake, told with line and column.

## Values

- A duration is a whole number and one of `ns`, `us`, `ms`, `s`, `m`, `h`, `d`. Without a unit it is refused, but for
  `server.idle_timeout`, where it means milliseconds.
- A size is a whole number and one of `B`, `KB`, `MB`, `GB`, `TB` (powers of 1000), `KiB`, `MiB`, `GiB`, `TiB` or `K`, `M`, `G`,
  `T` (powers of 1024).
- An address is `host:port`; one of IPv6 stands in brackets, `[::1]:3141`. Lists are lists of YAML; in variables, their items
  have commas between them.
- `auto` follows the limits of the control groups of the process (versions 1 and 2), not those of the machine around a container.

## Variables

`GEODE_` and the key in capitals, with `_` for each point: `GEODE_SERVER_LISTEN`, `GEODE_CLUSTER_PEERS`. %s

## Keys

What is marked *reload* may be changed while a server runs; the rest counts from its next start.

%s
"""


def configuration(*_):
    """From `geode config keys`."""
    text = subprocess.run([os.environ.get("GEODE", "geode"), "config", "keys", "--json"], check=True,
                          capture_output=True, text=True).stdout
    keys = json.loads(text)["keys"]
    short = ["`%s` is short for `%s`." % (key["short_variable"], key["variable"]) for key in keys if key["short_variable"]]
    rows = [("`%s`" % key["name"],
             key["choices"].replace("|", ", ") or key["kind"],
             "`%s`" % key["default"] if key["default"] else "",
             "`--%s`" % key["flag"] if key["flag"] else "",
             "reload" if key["on_reload"] else "",
             key["text"]) for key in keys]
    return CONFIGURATION % (" ".join(short), table(("key", "value", "default", "flag", "", ""), rows))


def main():
    check = "--check" in sys.argv[1:]
    complaints = []
    pipe = Pipe()
    for name, make in (("conformance", conformance), ("functions", functions), ("procedures", procedures),
                       ("configuration", configuration)):
        path = os.path.join(ROOT, "docs", name + ".md")
        text = make(pipe, complaints)
        if not check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            continue
        before = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                before = file.read()
        if before != text:
            complaints.append("docs/%s.md is not what docs/generate.py makes; run it" % name)
    pipe.close()
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
