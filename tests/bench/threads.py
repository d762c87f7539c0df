#!/usr/bin/env python3
"""What a second thread gives: the questions by one thread and by several, and what the machine can give at all.

    threads.py --data DIR [--build DIR] [--workers N] [--only A,B] [--seconds S] [--rounds N]

DIR of --data holds the CSV files that questions/social.json names, best those of a larger graph: what is over in a
few milliseconds has no use for threads. Runs with one thread and with several take turns; the ratio is the median of
those of the rounds. `machine` is what as many processes at the same time get done, compared with one alone: two processors
that share a cache and a memory are less than two. Exit status 1 when an answer depends on the number of threads.
"""
import argparse, collections, json, os, statistics, subprocess, sys, tempfile, time

from run import HERE, import_command, pretty, remove

QUESTIONS = "Q1,Q2,Q9,TRI,SCAN,Q3,Q4,AGGCITY,TOPK,HOP3ALL"


def start(command):
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def lines_of(process):
    out, _ = process.communicate()
    if process.returncode != 0:
        sys.exit("threads: a program failed")
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def note(times, answers, key, lines):
    """The quickest run of each question, a list over rounds; of processes at the same time, their mean."""
    found = collections.defaultdict(list)
    for line in lines:
        if "min_s" in line:
            found[line["query"]].append(line["min_s"])
            answers.setdefault(line["query"], set()).add(line["checksum"])
    for name, each in found.items():
        times[name, key].append(statistics.mean(each))


def timed_import(options, questions, database, workers):
    remove(database)
    command = import_command(options.geode, database, questions, options.data) + ["--workers", str(workers)]
    begin = time.perf_counter()
    if subprocess.run(command, stdout=subprocess.DEVNULL).returncode != 0:
        sys.exit("threads: the import failed")
    return time.perf_counter() - begin


def row(name, one, many, together=None, workers=2):
    """A machine that may be shared changes its pace from one minute to the next: what is compared ran in one round."""
    ratios = [a / b for a, b in zip(one, many)]
    machine = "%.2f" % statistics.median(workers * a / b for a, b in zip(one, together)) if together else "-"
    print("| %s | %s | %s | %.2f | %.2f-%.2f | %s |" % (
        name, pretty(statistics.median(one)), pretty(statistics.median(many)), statistics.median(ratios), min(ratios),
        max(ratios), machine))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with the CSV files")
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "release"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default=QUESTIONS, help="names of questions, apart by commas")
    parser.add_argument("--seconds", type=float, default=2, help="for each question and round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    options.geode = os.path.join(options.build, "bin", "geode")
    path = os.path.join(HERE, "questions", "social.json")
    with open(path, encoding="utf-8") as file:
        questions = json.load(file)
    with tempfile.TemporaryDirectory(prefix="geode-threads-") as folder:
        database = os.path.join(folder, "social.geode")
        times, answers = collections.defaultdict(list), {}
        for _ in range(options.rounds):
            for workers in (1, options.workers):
                times["import", workers].append(timed_import(options, questions, database, workers))
        ask = [os.path.join(options.build, "bin", "geode_questions"), database, path, options.data, "--only", options.only,
               "--seconds", str(options.seconds), "--workers"]
        for _ in range(options.rounds):
            for workers in (1, options.workers):
                note(times, answers, workers, lines_of(start(ask + [str(workers)])))
            # Questions last about as long in each process, so that the same ones run at the same time.
            together = [start(ask + ["1"]) for _ in range(options.workers)]
            note(times, answers, "together", [line for process in together for line in lines_of(process)])
    print("| question | 1 thread | %d threads | ratio | of rounds | machine |\n| --- | --: | --: | --: | --: | --: |"
          % options.workers)
    row("import", times["import", 1], times["import", options.workers])
    for name in options.only.split(","):
        row(name, *(times[name, key] for key in (1, options.workers, "together")), workers=options.workers)
    print("\nLoad average: %.2f." % os.getloadavg()[0])
    different = [name for name, found in answers.items() if len(found) != 1]
    if different:
        print("threads: different answers to " + ", ".join(different), file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
