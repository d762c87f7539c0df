#!/usr/bin/env python3
"""How much slower questions are after many small changes: before and after 100,000 inserts and 20,000 deletes of single
edges at random places, which nobody asked to be merged; and once they are.

    churn.py --data DIR [--build DIR] [--inserts N] [--deletes N] [--only A,B] [--seconds S] [--scratch DIR]

Prints a table. Exit status 1 when a question takes over 1.5 times as long as on the imported graph, or when merging
changes an answer. The database lies on a memory file system where there is one: what a flush costs is no part of this.
"""
import argparse, json, os, shutil, sys, tempfile

import run as bench

# What reads large parts of the graph, and so what was changed.
ANALYTIC = "Q1,Q2,Q3,Q4,Q5,Q6,Q7,Q8,Q9,HOP1ALL,HOP3ALL,TRI,SCAN,AGGCITY,TOPK"
BOUND = 1.5
SCRATCH = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
INSERTS, DELETES = 100000, 20000


def ask(options, database, only):
    lines = bench.run([os.path.join(options.build, "bin", "geode_questions"), database, options.questions, options.data,
                       "--only", only, "--seconds", str(options.seconds)])
    return {line["query"]: line for line in lines if "min_s" in line}


def measure(options, database, only):
    """Rows for the table, and whether all is within the bound and right."""
    geode = os.path.join(options.build, "bin", "geode")
    before = ask(options, database, only)
    size_before = os.path.getsize(database)
    changed = bench.run([os.path.join(options.build, "bin", "geode_churn"), database, "--inserts", str(options.inserts),
                         "--deletes", str(options.deletes)])
    if not changed:
        sys.exit("churn: the changes failed")
    after = ask(options, database, only)
    size_after = os.path.getsize(database)
    bench.run([geode, "compact", "--quiet", database])
    merged = ask(options, database, only)
    good = True
    print("\n%d edges inserted and %d deleted, each in a transaction of its own: %s of processor time each. The file grew "
          "from %.1f to %.1f MB; compacted, it has %.1f MB.\n" % (
              changed[0]["inserted"], changed[0]["deleted"],
              bench.pretty(changed[0]["cpu_s"] / (changed[0]["inserted"] + changed[0]["deleted"])),
              size_before / 1e6, size_after / 1e6, os.path.getsize(database) / 1e6))
    print("| question | imported | changed | changed / imported | compacted / imported | answer |")
    print("| --- | --: | --: | --: | --: | --- |")
    for name in only.split(","):
        if name not in before or name not in after or name not in merged:
            good = False
            print("| %s | failed | | | | |" % name)
            continue
        first, second, third = (lines[name]["min_s"] for lines in (before, after, merged))
        same = after[name]["checksum"] == merged[name]["checksum"]
        good = good and same and second <= BOUND * first
        print("| %s | %s | %s | %.2f%s | %.2f | %s |" % (
            name, bench.pretty(first), bench.pretty(second), second / first, " over" if second > BOUND * first else "",
            third / first, "ok" if same else "WRONG"))
    return good


def import_and_measure(options, questions):
    folder = tempfile.mkdtemp(prefix="geode-churn-", dir=options.scratch or SCRATCH)
    try:
        database = os.path.join(folder, "social.geode")
        bench.run(bench.import_command(os.path.join(options.build, "bin", "geode"), database, questions, options.data))
        return measure(options, database, options.only or ANALYTIC)
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with the CSV files")
    parser.add_argument("--build", default=os.path.join(bench.HERE, "..", "..", "build", "release"))
    parser.add_argument("--questions", default=os.path.join(bench.HERE, "questions", "social.json"))
    parser.add_argument("--inserts", type=int, default=INSERTS)
    parser.add_argument("--deletes", type=int, default=DELETES)
    parser.add_argument("--only", help="names of questions, apart by commas")
    parser.add_argument("--seconds", type=float, default=1, help="for each question")
    parser.add_argument("--scratch", help="folder for the database")
    options = parser.parse_args()
    with open(options.questions, encoding="utf-8") as file:
        questions = json.load(file)
    return 0 if import_and_measure(options, questions) else 1


if __name__ == "__main__":
    sys.exit(main())
