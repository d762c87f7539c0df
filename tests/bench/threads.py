#!/usr/bin/env python3
"""What a second thread gives: the questions by one thread and by several, and what the machine can give at all.

    threads.py --data DIR [--build DIR] [--workers N] [--only A,B] [--seconds S] [--rounds N]

DIR of --data holds the CSV files that questions/social.json names, best those of a larger graph: what is over in a
few milliseconds has no use for threads. Rounds with one thread and with several take turns, and the quickest run of
each counts. `machine` is what as many processes at the same time get done, compared with one alone: two processors
that share a cache and a memory are less than two. Exit status 1 when an answer depends on the number of threads.
"""
import argparse, json, os, subprocess, sys, tempfile, time

from run import HERE, import_command, pretty, remove

QUESTIONS = "Q1,Q2,Q9,TRI,SCAN,Q3,Q4,AGGCITY,TOPK,HOP3ALL"


def start(command):
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def lines_of(process):
    out, _ = process.communicate()
    if process.returncode != 0:
        sys.exit("threads: a program failed")
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def note(best, answers, key, lines):
    for line in lines:
        if "min_s" not in line:
            continue
        cell = (line["query"], key)
        best[cell] = min(best.get(cell, float("inf")), line["min_s"])
        answers.setdefault(line["query"], set()).add(line["checksum"])


def timed_import(options, questions, database, workers):
    best = None
    for _ in range(options.rounds):
        remove(database)
        command = import_command(options.geode, database, questions, options.data) + ["--workers", str(workers)]
        begin = time.perf_counter()
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode != 0:
            sys.exit("threads: the import failed")
        taken = time.perf_counter() - begin
        best = taken if best is None else min(best, taken)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with the CSV files")
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "release"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default=QUESTIONS, help="names of questions, apart by commas")
    parser.add_argument("--seconds", type=float, default=2, help="for each question and round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    options.geode = os.path.join(options.build, "bin", "geode")
    path = os.path.join(HERE, "questions", "social.json")
    with open(path, encoding="utf-8") as file:
        questions = json.load(file)
    with tempfile.TemporaryDirectory(prefix="geode-threads-") as folder:
        database = os.path.join(folder, "social.geode")
        imports = {workers: timed_import(options, questions, database, workers) for workers in (1, options.workers)}
        best, answers = {}, {}
        ask = [os.path.join(options.build, "bin", "geode_questions"), database, path, options.data, "--only", options.only,
               "--seconds", str(options.seconds), "--workers"]
        for _ in range(options.rounds):
            for workers in (1, options.workers):
                note(best, answers, workers, lines_of(start(ask + [str(workers)])))
            # Questions last about as long in each process, so that the same ones run at the same time.
            together = [start(ask + ["1"]) for _ in range(options.workers)]
            for process in together:
                note(best, answers, "together", lines_of(process))
    print("| question | 1 thread | %d threads | ratio | machine |\n| --- | --: | --: | --: | --: |" % options.workers)
    print("| import | %s | %s | %.2f | - |" % (pretty(imports[1]), pretty(imports[options.workers]),
                                               imports[1] / imports[options.workers]))
    for name in options.only.split(","):
        one, many, together = (best[(name, key)] for key in (1, options.workers, "together"))
        print("| %s | %s | %s | %.2f | %.2f |" % (name, pretty(one), pretty(many), one / many,
                                                  options.workers * one / together))
    print("\nLoad average: %.2f." % os.getloadavg()[0])
    different = [name for name, found in answers.items() if len(found) != 1]
    if different:
        print("threads: different answers to " + ", ".join(different), file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
