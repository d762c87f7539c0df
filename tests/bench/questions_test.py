#!/usr/bin/env python3
"""All texts of a question of questions/social.json give one answer, on a small graph.

    questions_test.py GEODE GEODE_QUESTIONS
"""
import json, os, subprocess, sys, tempfile

import run

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    geode, ask = map(os.path.abspath, sys.argv[1:3])
    questions_file = os.path.join(HERE, "questions", "social.json")
    with open(questions_file, encoding="utf-8") as file:
        questions = json.load(file)
    with tempfile.TemporaryDirectory(prefix="geode-questions-") as folder:
        subprocess.run([sys.executable, os.path.join(HERE, "generate.py"), folder, "--people", "400"], check=True)
        database = os.path.join(folder, "social.geode")
        subprocess.run(run.import_command(geode, database, questions, folder), check=True, stdout=subprocess.DEVNULL)
        done = subprocess.run([ask, database, questions_file, folder, "--rewritten", "--seconds", "0"],
                              stdout=subprocess.PIPE, text=True)
    originals, failed, texts = {}, 0, 0
    for line in run.json_lines(done.stdout):
        if line["query"] == "RSS":
            continue
        texts += 1
        name = line["query"]
        if "rewriting" not in line:
            originals[name] = line.get("checksum")
        if "error" in line or line["checksum"] != originals[name]:
            failed += 1
            print("%s: %s\n  %s\n  instead of %s" % (name, line.get("text", "its own text"),
                                                     line.get("error") or line["checksum"], originals[name]))
    wanted = sum(1 + len(q["rewritten"]) for q in questions["questions"])
    empty = [name for name, answer in originals.items() if not answer or answer.startswith("0")]
    print("%d texts, %d failed; questions without an answer: %s" % (texts, failed, empty or "none"))
    return 0 if done.returncode == 0 and failed == 0 and texts == wanted and not empty else 1


if __name__ == "__main__":
    sys.exit(main())
