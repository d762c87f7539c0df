#!/usr/bin/env python3
"""Asks the questions of a benchmark folder through `geode pipe` and compares the answers.

    check_answers.py BENCH DATA DATABASE [--geode GEODE] [--only NAME,...]

BENCH holds queries_cypher.js and EXPECTED.json, DATA the CSV files with start nodes and pairs, DATABASE a database with
these files imported. Prints a line a question: name, milliseconds (median of three runs, the client's share included),
and the answer when it is wrong. Exit status 1 when an answer is wrong.
"""
import argparse, csv, json, os, re, statistics, subprocess, sys, time


def queries(path):
    text = open(path, encoding="utf-8").read()
    found = dict(re.findall(r"^\s*(\w+): `(.*?)`,?$", text, re.M))
    params = re.search(r"params: \{(.*?)\n  \},", text, re.S).group(1)
    values = {}
    for name, body in re.findall(r"(\w+): \{(.*?)\}", params):
        values[name] = {k: int(v) if v.isdigit() else v.strip("'")
                        for k, v in re.findall(r"(\w+): ('[^']*'|\d+)", body)}
    columns = {n: re.findall(r"'(\w+)'", c) for n, c in re.findall(r"(\w+): \[([^\]]*)\]", text)}
    return found, values, columns


class Pipe:
    def __init__(self, argv):
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if not answer["ok"]:
            raise SystemExit("%s: %s" % (request.get("query", request), answer["message"]))
        return answer


def number(value):
    if isinstance(value, dict) and "$float" in value:
        return "%.6f" % float(value["$float"])
    return str(value)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("bench"), options.add_argument("data"), options.add_argument("database")
    options.add_argument("--geode", default="geode"), options.add_argument("--only")
    a = options.parse_args()
    texts, parameters, columns = queries(os.path.join(a.bench, "queries_cypher.js"))
    expected = json.load(open(os.path.join(a.bench, "EXPECTED.json")))
    texts["SPF"] = ("MATCH p = ANY SHORTEST (a:Person {id: $a})-[:Follows]->*(b:Person {id: $b}) "
                    "RETURN path_length(p) AS n")
    texts["SPK"] = ("MATCH p = ANY SHORTEST (a:Person {id: $a})-[:Knows]-*(b:Person {id: $b}) "
                    "RETURN path_length(p) AS n")
    read = lambda name: [[int(x) for x in row] for row in list(csv.reader(open(os.path.join(a.data, name))))[1:]]
    starts = [row[0] for row in read("starts.csv")]
    many = {"HOP1": starts, "HOP2": starts, "HOP3": starts, "VAR3": starts[:20],
            "VAR3K": [x % 24328 + 1 for x in starts[:10]], "LOOKUP": [row[0] for row in read("lookup_ids.csv")]}
    pairs = {"SPF": read("pairs_follows.csv"), "SPK": read("pairs_knows.csv")}
    pipe = Pipe([a.geode, "pipe", a.database])
    wrong = 0
    for name, text in texts.items():
        if a.only and name not in a.only.split(","):
            continue
        statement = pipe.ask(op="prepare", query=text)["id"]
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            if name in many:
                rows = [pipe.ask(op="run", id=statement, params={"id": i})["rows"] for i in many[name]]
                answer, runs = str(sum(r[0][-1] for r in rows)), len(rows)
            elif name in pairs:
                rows = [pipe.ask(op="run", id=statement, params={"a": x, "b": y})["rows"] for x, y in pairs[name]]
                found = [r[0][0] for r in rows if r]
                answer, runs = "%d,%d" % (len(found), sum(found)), len(rows)
            else:
                reply = pipe.ask(op="run", id=statement, params=parameters.get(name, {}))
                rows, runs = reply["rows"], 1
                if name == "AGGCITY":
                    answer = "%d,%.6f" % (len(rows), sum(float(r[2]["$float"]) for r in rows))
                else:
                    keep = [reply["columns"].index(c) for c in columns.get(name, reply["columns"])]
                    answer = ";".join(",".join(number(row[i]) for i in keep) for row in rows)
            times.append((time.perf_counter() - begin) / runs)
        right = expected.get(name + "_RELUNIQ", expected[name])
        ok = answer == right
        wrong += not ok
        print("%-8s %10.3f ms  %s" % (name, statistics.median(times) * 1000,
                                       "ok" if ok else "WRONG %s, expected %s" % (answer[:120], right)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
