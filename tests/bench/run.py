#!/usr/bin/env python3
"""The benchmark: Geode, the machine's limit and every peer that is installed, on the same questions, in one run.

    run.py --data DIR [--bench DIR] [--build DIR] [--out FILE.json] [--rewritten] [--only A,B]
           [--no-writes] [--churn] [--seconds S] [--rounds N]

DIR of --data holds the CSV files that questions/social.json names. --bench is a folder with peers and the limit
program, as docs/benchmarks.md describes it; without it Geode is measured alone. Everything runs on core 0, one after
the other. Prints markdown tables; exit status 1 when an answer of Geode is wrong or a statement failed.
"""
import argparse, collections, hashlib, json, math, os, re, shutil, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
REWRITTEN_BOUND = 1.3
PEERS = ["kuzu", "ladybug", "duckdb", "sqlite", "grafeo"]
# Questions that a peer asks in another way of its own, when that is faster.
IDIOMS = {"VAR3_BFS": "VAR3", "VAR3K_BFS": "VAR3K"}
# What a mapped B-tree alone needs for as many durable puts.
LMDB_WRITES = {"COMMIT_FULL_1": "INS1", "COMMIT_FULL_1000": "INSB"}
WRITES = ["INS1", "INS1E", "INS1X32", "INSB", "INSBE", "INSUNWIND", "INSUNWINDE"]


def pinned():
    """What goes before a command: core 0, and ahead of others when that is allowed."""
    words = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    return words + (["nice", "-n", "-10"] if os.geteuid() == 0 else [])


def json_lines(text):
    out = []
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                out.append(json.loads(line))
            except ValueError:
                pass  # a line that was cut when its program ran out of time
    return out


def run(command, cwd=None, timeout=None):
    """The JSON lines a program prints, also when it ends badly or takes too long."""
    print("run:", " ".join(command), file=sys.stderr, flush=True)
    try:
        done = subprocess.run(pinned() + command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=timeout)
        if done.returncode != 0:
            print("run: exit status %d: %s" % (done.returncode, done.stderr[-300:]), file=sys.stderr)
        return json_lines(done.stdout)
    except subprocess.TimeoutExpired as expired:
        print("run: stopped after %d s" % timeout, file=sys.stderr)
        return json_lines((expired.stdout or b"").decode())


def seconds_of(line):
    """Processor seconds where they are known: one thread, and the core may be shared."""
    return line.get("cpu_s") or line.get("median_s")


def pretty(seconds):
    if seconds is None:
        return "-"
    for unit, size in (("s", 1), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return "%.3g %s" % (seconds / size, unit)
    return "%.3g ns" % (seconds * 1e9)


def ratio(value):
    return "-" if value is None else "%.3g" % value


def md5(path):
    with open(path, "rb") as file:
        return hashlib.md5(file.read()).hexdigest()


def import_command(geode, database, questions, data):
    command = [geode, "import", database, "--quiet", "--json"]
    for node in questions["nodes"]:
        command += ["--nodes", "%s=%s" % (node["label"], os.path.join(data, node["file"]))]
    for edge in questions["edges"]:
        command += ["--edges", "%s=%s,from=%s,to=%s" % (edge["label"], os.path.join(data, edge["file"]),
                                                        edge["from"], edge["to"])]
    return command


def remove(database):
    for path in (database, database + "-lock"):
        if os.path.exists(path):
            os.remove(path)


def load(geode, database, questions, data):
    """Imports three times into a fresh file; the figures of the median by wall time."""
    command = import_command(geode, database, questions, data)
    print("run:", " ".join(command[:3]), "...", file=sys.stderr, flush=True)
    raw = sum(os.path.getsize(os.path.join(data, item["file"])) for item in questions["nodes"] + questions["edges"])
    results = []
    for _ in range(3):
        remove(database)
        begin = time.perf_counter()
        process = subprocess.Popen(pinned() + command, stdout=subprocess.PIPE, text=True)
        report = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit("run: the import failed")
        counts = json.loads(report)
        results.append({"engine": "geode", "query": "LOAD", "median_s": time.perf_counter() - begin,
                        "cpu_s": usage.ru_utime + usage.ru_stime, "rss_mb": usage.ru_maxrss / 1024,
                        "size_bytes": os.stat(database).st_blocks * 512, "raw_bytes": raw,
                        "nodes": counts["nodes"], "edges": counts["edges"]})
    return sorted(results, key=lambda r: r["median_s"])[1]


def syncs_per_commit(writes, database):
    """fsync, fdatasync, msync and writes to files opened with O_DSYNC, a commit; None without strace."""
    if not shutil.which("strace"):
        return None
    counts = []
    # What looks for leaks when a program ends cannot do so in one that is traced.
    environment = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")
    for commits in (50, 150):
        with tempfile.NamedTemporaryFile("r", suffix=".strace") as trace:
            done = subprocess.run(["strace", "-f", "-o", trace.name, "-e",
                                   "trace=open,openat,close,fsync,fdatasync,msync,pwrite64,pwritev,write", writes, database,
                                   "--only", "INS1E", "--count", str(commits)], stdout=subprocess.DEVNULL, env=environment)
            if done.returncode != 0:
                return None
            synced, count = set(), 0
            for line in trace:
                call = re.match(r"\d+ +(\w+)\((.*)", line)
                if not call:
                    continue
                name, rest = call.groups()
                if name in ("open", "openat"):
                    opened = re.search(r"= (\d+)$", rest.strip())
                    if opened and "O_DSYNC" in rest:
                        synced.add(opened.group(1))
                    elif opened:
                        synced.discard(opened.group(1))
                elif name in ("fsync", "fdatasync", "msync"):
                    count += 1
                elif name != "close" and rest.split(",")[0] in synced:
                    count += 1
            counts.append(count)
    return (counts[1] - counts[0]) / 100


def quickest(lines, seconds=seconds_of):
    """One line for each text: of several rounds that with the least time, unless one of them failed."""
    best = {}
    for line in lines:
        key = line["query"], line.get("rewriting")
        other = best.setdefault(key, line)
        if "error" not in other and ("error" in line or (seconds(line) or 0) < (seconds(other) or 0)):
            best[key] = line
    return list(best.values())


def slow_rewritings(lines):
    """Lines of other texts that took longer than the bound allows, beside the quickest run of their original."""
    original = {l["query"]: l["min_s"] for l in lines if "rewriting" not in l and "min_s" in l}
    return [l for l in lines if "rewriting" in l and
            l.get("min_s", 0) > REWRITTEN_BOUND * original.get(l["query"], math.inf)]


def measure_rewritten(ask, rounds):
    """Texts and their originals in one process. Whose texts were slow is asked again, originals too: on a machine
    that may be shared a moment is slow more often than a text."""
    lines = []
    names = None
    for _ in range(rounds):
        only = ["--only", ",".join(names)] if names else []
        lines = quickest(lines + run(ask + only + ["--seconds", "0.5", "--timeout", "20", "--rewritten"]),
                         lambda line: line.get("min_s"))
        names = sorted({line["query"] for line in slow_rewritings(lines)})
        if not names:
            break
    return [dict(line, with_rewritten=True) for line in lines]


def measure_geode(options, questions, lines):
    bin_folder = os.path.join(options.build, "bin")
    folder = tempfile.mkdtemp(prefix="geode-bench-", dir=options.scratch)
    try:
        database = os.path.join(folder, "social.geode")
        lines.append(load(options.geode, database, questions, options.data))
        lines += run([os.path.join(bin_folder, "geode_open"), database])
        ask = [os.path.join(bin_folder, "geode_questions"), database, options.questions, options.data]
        ask += ["--only", options.only] if options.only else []
        limits = os.path.join(options.bench, "limits") if options.bench else ""
        rounds, low = [], []
        for _ in range(options.rounds):
            rounds += run(ask + ["--seconds", str(options.seconds)])
            low += run([limits, options.data]) if os.path.exists(limits) else []
        lines += quickest(rounds) + quickest(low)
        if options.rewritten:
            lines += measure_rewritten(ask, options.rounds)
        if options.writes:
            writes = os.path.join(bin_folder, "geode_writes")
            copy = database + ".writes"
            shutil.copyfile(database, copy)
            written = run([writes, copy])
            syncs = syncs_per_commit(writes, copy)
            for line in written:
                if line["query"] == "INS1E" and syncs is not None:
                    line["syncs_per_commit"] = syncs
            lines += written
    finally:
        shutil.rmtree(folder)


def measure_peers(options, lines):
    bench = options.bench
    own_data = os.path.join(bench, "data")
    if not (os.path.exists(own_data) and os.path.samefile(own_data, options.data)):
        print("run: the peers read %s, which is not the data asked for: they are left out" % own_data, file=sys.stderr)
        return
    for folder in ("db", "out"):
        os.makedirs(os.path.join(bench, folder), exist_ok=True)
    modules = os.path.join(bench, "npm", "node_modules")
    node = shutil.which("node")
    phases = ["load", "query"] + (["insert"] if options.writes else [])
    for peer, module in (("kuzu", "kuzu"), ("ladybug", "@ladybugdb/core"), ("duckdb", "@duckdb/node-api"),
                         ("grafeo", "@grafeo-db/js")):
        if not node or not os.path.isdir(os.path.join(modules, module)) or (peer == "grafeo" and not options.grafeo):
            continue
        for phase in phases:
            script = {"duckdb": ["run_duckdb.js", "1"], "grafeo": ["run_grafeo.js"]}.get(peer, ["run_kuzu.js", peer, "1"])
            lines += run([node] + script + [phase], cwd=bench, timeout=None if peer == "grafeo" else 400)
        if peer in ("kuzu", "ladybug") and os.path.exists(os.path.join(bench, "run_extra.js")):
            lines += run([node, "run_extra.js", peer], cwd=bench, timeout=200)
    if os.path.exists(os.path.join(bench, "run_sqlite")):
        for phase in phases:
            lines += run(["./run_sqlite", phase], cwd=bench, timeout=400)
    if options.writes and os.path.exists(os.path.join(bench, "lmdb_bench")):
        for line in run(["./lmdb_bench", "db/lmdb", "sync"], cwd=bench, timeout=100):
            lines.append(dict(line, engine="lmdb", query=LMDB_WRITES.get(line["query"], line["query"])))


def near(a, b, difference):
    return a.isdigit() and b.isdigit() and abs(int(a) - int(b)) <= difference


def table(questions, lines, known_data):
    """Prints the questions; gives the rows for the JSON file and whether all answers of Geode are right."""
    by = collections.defaultdict(dict)
    idioms = collections.defaultdict(dict)
    for line in lines:
        if "rewriting" in line or line.get("with_rewritten"):
            continue
        if line["query"] in IDIOMS:
            idioms[IDIOMS[line["query"]]][line["engine"]] = line
        else:
            by[line["query"]][line["engine"]] = line
    rows, gains, good = [], [], True
    print("| question | geode | limit | geode / limit | bound | best peer | | best peer / geode | answer |")
    print("| --- | --: | --: | --: | --: | --: | --- | --: | --- |")
    for question in questions["questions"]:
        name = question["name"]
        mine = by[name].get("geode")
        if mine is None:
            continue
        limit = by[question.get("limit", name)].get("limit")
        expected = question["expected"] if known_data else (limit or {}).get("checksum")
        best, best_name = None, ""
        for peer in PEERS:
            line = by[name].get(peer)
            if not line or "error" in line:
                continue
            right = {expected, question.get("expected_walks")}
            # Some peers search ten of the hundred pairs only.
            if expected and line["checksum"] not in right and not line["checksum"].startswith("10,"):
                print("run: %s of %s is %s" % (name, peer, line["checksum"]), file=sys.stderr)
                continue
            candidates = [(seconds_of(line), peer)]
            other = idioms[name].get(peer)
            # The idiom does not count a start that can be reached from itself.
            if other and "error" not in other and near(other["checksum"], expected, other["ops"]):
                candidates.append((seconds_of(other), peer + ", BFS"))
            for candidate in candidates:
                if best is None or candidate[0] < best:
                    best, best_name = candidate
        if "error" in mine:
            answer = mine["error"]
        elif expected is None:
            answer = "not known"
        else:
            answer = "ok" if mine["checksum"] == expected else "WRONG: " + mine["checksum"][:80]
        good = good and answer in ("ok", "not known")
        own = seconds_of(mine)
        low = seconds_of(limit) if limit else None
        to_limit = own / low if own and low else None
        gain = best / own if own and best else None
        if gain:
            gains.append(gain)
        bound, over = "", False
        if "bound_seconds" in question:
            bound, over = pretty(question["bound_seconds"]), own is not None and own > question["bound_seconds"]
        elif "bound_to_limit" in question:
            bound, over = "%gx" % question["bound_to_limit"], (to_limit or 0) > question["bound_to_limit"]
        if over:
            bound += " over"
        rows.append({"question": name, "geode_s": own, "limit_s": low, "geode_to_limit": to_limit, "best_peer": best_name,
                     "best_peer_s": best, "gain": gain, "over_bound": over, "answer": answer})
        print("| %s | %s | %s | %s | %s | %s | %s | %s | %s |" % (name, pretty(own), pretty(low), ratio(to_limit), bound,
                                                                    pretty(best), best_name, ratio(gain), answer))
    if gains:
        mean = math.exp(sum(map(math.log, gains)) / len(gains))
        print("\nGeometric mean of best peer / geode over %d questions: %.3g; slower than the best peer: %s." % (
            len(gains), mean, ", ".join(r["question"] for r in rows if r["gain"] and r["gain"] < 1) or "none"))
    return rows, good


def rewritten_table(questions, lines):
    expected = {q["name"]: q["expected"] for q in questions["questions"]}
    original = {l["query"]: l for l in lines if l.get("with_rewritten") and "rewriting" not in l and "min_s" in l}
    rows = []
    for line in lines:
        if "rewriting" not in line:
            continue
        base = original.get(line["query"])
        row = {"question": line["query"], "rewriting": line["rewriting"], "text": line["text"], "ratio": None,
               "problem": line.get("error", "")}
        if "error" not in line and base:
            # The quickest run, because the texts run at different moments of a machine that may be shared.
            row["ratio"] = line["min_s"] / base["min_s"]
            if line["checksum"] != base["checksum"]:
                row["problem"] = "WRONG: %s instead of %s" % (line["checksum"][:60], expected[line["query"]][:60])
        rows.append(row)
    slow = [r for r in rows if r["problem"] or (r["ratio"] or 0) > REWRITTEN_BOUND]
    print("\n%d other texts of the same meaning, %d of them within %.1f times the time of the original. The others:\n" % (
        len(rows), len(rows) - len(slow), REWRITTEN_BOUND))
    print("| question | text / original | text |\n| --- | --: | --- |")
    for row in slow:
        print("| %s | %s | `%s` |" % (row["question"], row["problem"] or ratio(row["ratio"]), row["text"].replace("|", "\\|")))
    wrong = any(r["problem"].startswith("WRONG") for r in rows)
    return rows, not wrong


def files_table(lines):
    of = {(l["query"], l["engine"]): l for l in lines
          if l["query"] in ("LOAD", "OPEN", "RSS") and not l.get("with_rewritten")}
    engines = [e for e in ["geode"] + PEERS if ("LOAD", e) in of]
    raw = of[("LOAD", "geode")]["raw_bytes"]
    print("\n| | " + " | ".join(engines) + " |\n| ---" + " | --:" * len(engines) + " |")
    cell = lambda q, e, f: f(of[(q, e)]) if (q, e) in of else "-"
    for title, query, text in (
            ("load, wall", "LOAD", lambda l: pretty(l["median_s"])),
            ("load, processor", "LOAD", lambda l: pretty(l.get("cpu_s"))),
            ("load, peak memory", "LOAD", lambda l: "%.0f MB" % l["rss_mb"]),
            ("size / raw CSV", "LOAD", lambda l: "%.2f" % (l["size_bytes"] / raw)),
            ("open", "OPEN", lambda l: pretty(l["median_s"])),
            ("memory after opening", "OPEN", lambda l: "%.1f MB" % l["rss_mb"] if "rss_mb" in l else "-"),
            ("questions, peak memory", "RSS", lambda l: "%.0f MB" % l["rss_mb"])):
        print("| %s | %s |" % (title, " | ".join(cell(query, e, text) for e in engines)))
    mine = of[("LOAD", "geode")]
    print("\n%d nodes and %d edges of %.1f MB: %.3g us of processor time an edge." % (
        mine["nodes"], mine["edges"], raw / 1e6, mine["cpu_s"] / mine["edges"] * 1e6))


def writes_table(lines):
    of = {(l["query"], l["engine"]): l for l in lines if l.get("query") in WRITES and "error" not in l}
    engines = [e for e in ["geode"] + PEERS + ["lmdb"] if any((w, e) in of for w in WRITES)]
    if not engines:
        return
    print("\n| rows (or transactions) a second | " + " | ".join(engines) + " |\n| ---" + " | --:" * len(engines) + " |")
    for write in WRITES:
        cells = []
        for engine in engines:
            line = of.get((write, engine))
            rate = line and (line.get("rows_per_s") or line.get("tx_per_s"))
            cells.append("%.0f" % rate if rate else "-")
        print("| %s | %s |" % (write, " | ".join(cells)))
    for write in ("INSUNWIND", "INSUNWINDE"):
        line = of.get((write, "geode"))
        if line:
            print("\n%s: %.0f rows a second of processor time." % (write, 1000 / line["cpu_s"]))
    mine = of.get(("INS1E", "geode"), {})
    if "syncs_per_commit" in mine:
        print("\nSyncs a commit (fsync, fdatasync, msync, writes to O_DSYNC files): %.2f." % mine["syncs_per_commit"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with the CSV files")
    parser.add_argument("--bench", help="folder with the peers and the limit program")
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "release"))
    parser.add_argument("--geode", help="executable that imports; default: of the build")
    parser.add_argument("--questions", default=os.path.join(HERE, "questions", "social.json"))
    parser.add_argument("--out", help="all measured lines and the table, as JSON")
    parser.add_argument("--only", help="names of questions, apart by commas")
    parser.add_argument("--rewritten", action="store_true", help="also ask the other texts of the same meaning")
    parser.add_argument("--grafeo", action="store_true", help="also this peer, which takes hours")
    parser.add_argument("--no-writes", dest="writes", action="store_false")
    parser.add_argument("--churn", action="store_true", help="also after many changes of single edges: churn.py")
    parser.add_argument("--seconds", type=float, default=4, help="for each question")
    parser.add_argument("--rounds", type=int, default=3, help="of Geode's questions and the limit's, in turn")
    parser.add_argument("--scratch", help="folder for the database; default: the system's")
    options = parser.parse_args()
    options.geode = options.geode or os.path.join(options.build, "bin", "geode")
    for program in (options.geode, os.path.join(options.build, "bin", "geode_questions")):
        if not os.path.exists(program):
            sys.exit("run: %s is not there; build the targets of `make bench` first" % program)
    with open(options.questions, encoding="utf-8") as file:
        questions = json.load(file)
    for item in questions["nodes"] + questions["edges"] + list(questions["sets"].values()):
        if not os.path.exists(os.path.join(options.data, item["file"])):
            sys.exit("run: %s is not in %s; docs/benchmarks.md says what must be there" % (item["file"], options.data))
    known_data = all(md5(os.path.join(options.data, name)) == value for name, value in questions["md5"].items())
    load_before = os.getloadavg()[0]
    lines = []
    measure_geode(options, questions, lines)
    if options.bench:
        measure_peers(options, lines)
    rows, good = table(questions, lines, known_data)
    rewritten = []
    if options.rewritten:
        rewritten, right = rewritten_table(questions, lines)
        good = good and right
    files_table(lines)
    writes_table(lines)
    if options.churn:
        import churn
        options.inserts, options.deletes = churn.INSERTS, churn.DELETES
        good = churn.import_and_measure(options, questions) and good
    print("\nLoad average before %.2f, after %.2f." % (load_before, os.getloadavg()[0]))
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            json.dump({"lines": lines, "table": rows, "rewritten": rewritten,
                       "load_average": [load_before, os.getloadavg()[0]]}, file, indent=1)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
