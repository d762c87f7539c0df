#!/usr/bin/env python3
"""Counts the instructions of a few questions and compares them with stored figures.

    instructions.py [--program FILE] [--store] [--only A,B]

Runs geode_instructions of the release build in valgrind, which shows each program the same processor, so that the
counts hardly differ between machines with the same compiler and libraries. Fails when a count rose by more than 5 % of
what instructions.json says, or fell by more than 20 %: then the gain is to be kept with --store. With another compiler or
other libraries than the stored figures were made with, nothing is compared.
"""
import argparse, json, os, re, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
STORED = os.path.join(HERE, "instructions.json")
NAMES = ["LOOKUP", "HOP2", "SCAN", "Q8", "import"]
RISE, FALL = 1.05, 0.80
# Without these, memcpy and its like are chosen by what the machine below valgrind has.
TUNABLES = "glibc.cpu.hwcaps=-AVX2,-AVX,-AVX512F,-AVX512VL,-ERMS,-FSRM,-SSE4_2,-SSSE3:glibc.malloc.arena_max=1"


def count(program, folder, name):
    for file in ("import.geode", "import.geode-lock"):
        if os.path.exists(os.path.join(folder, file)):
            os.remove(os.path.join(folder, file))
    profile = os.path.join(folder, "callgrind.out")
    done = subprocess.run(
        ["valgrind", "--quiet", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=geode_measured_loop",
         "--callgrind-out-file=" + profile, program, "run", folder, name],
        env={"GLIBC_TUNABLES": TUNABLES, "PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C"}, cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit("instructions: %s ended with %d: %s" % (name, done.returncode, done.stdout[-2000:]))
    with open(profile) as file:
        found = re.search(r"^(?:totals|summary): (\d+)", file.read(), re.M)
    return int(found.group(1))


def packages():
    """What decides how many instructions there are, besides the program: the compiler and the libraries."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", "g++-12", "libc6", "libstdc++6", "liblmdb0",
                           "libre2-9", "libutf8proc2", "valgrind"], stdout=subprocess.PIPE, text=True)
    return dict(line.split() for line in done.stdout.splitlines() if " " in line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(HERE, "../../build/release/bin/geode_instructions"))
    parser.add_argument("--store", action="store_true", help="write down what was counted")
    parser.add_argument("--only", help="names, apart by commas")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    stored = {}
    if os.path.exists(STORED):
        with open(STORED) as file:
            stored = json.load(file)
    failed = False
    here = packages()
    others = {name for name, version in stored.get("packages", {}).items() if here.get(name) != version}
    if others and not options.store:
        print("other versions than those of the stored figures: %s; nothing is compared" % ", ".join(sorted(others)))
        return 0
    with tempfile.TemporaryDirectory(prefix="geode-instructions-") as folder:
        subprocess.run([program, "make", folder], check=True)
        for name in options.only.split(",") if options.only else NAMES:
            begin = time.perf_counter()
            now = count(program, folder, name)
            change = now / stored[name] if name in stored else None
            remark = "ok"
            if options.store:
                stored[name], remark = now, "stored"
            elif change is None:
                remark, failed = "not stored yet: run with --store", True
            elif change > RISE:
                remark, failed = "SLOWER than the stored figure by more than 5 %", True
            elif change < FALL:
                remark, failed = "faster by more than 20 %: store the new figure with --store", True
            print("%-8s %14d instructions  %s  %s (%.0f s)" % (
                name, now, "%+.2f %%" % ((change - 1) * 100) if change else "", remark, time.perf_counter() - begin),
                flush=True)
    if options.store:
        stored["packages"] = here
        with open(STORED, "w") as file:
            json.dump(stored, file, indent=2)
            file.write("\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
