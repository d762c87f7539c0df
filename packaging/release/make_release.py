#!/usr/bin/env python3
"""Makes geode-VERSION.tar.gz of an executable and this tree, and prints its path.

  make_release.py --geode build/release/bin/geode --output FOLDER

The archive unpacks as geode/: `tar xzf geode-VERSION.tar.gz -C /opt` installs it, and unpacking a later one replaces it. VERSION is what
the executable says of itself. The same executable and tree give the same bytes: entries are sorted, belong to root, and have the
time of $SOURCE_DATE_EPOCH, else that of the last commit, else 1980.

  geode/bin/geode                  without debug information
  geode/zig-out/bin/geode          a link to it, for units and scripts that look for it there
  geode/share/                     completions of bash and zsh; doc/geode: the documentation
  geode/packaging/                 units, configurations, alerts and scripts
  geode/LICENSE, README.md, CHANGELOG.md
"""

import argparse
import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def time_of_release():
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    try:
        done = subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%ct"], capture_output=True, text=True, check=True)
        return int(done.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return 315532800


def stripped(geode):
    """The executable without debug information; bytes."""
    with tempfile.TemporaryDirectory(prefix="geode-release-") as folder:
        copy = os.path.join(folder, "geode")
        subprocess.run(["strip", "--strip-all", "-o", copy, geode], check=True)
        with open(copy, "rb") as file:
            return file.read()


def contents(geode):
    """(name, bytes, mode) of each file."""
    yield "bin/geode", stripped(geode), 0o755
    yield "share/bash-completion/completions/geode", output_of(geode, "completion", "bash"), 0o644
    yield "share/zsh/site-functions/_geode", output_of(geode, "completion", "zsh"), 0o644
    copied = [(name, name) for name in ("LICENSE", "README.md", "CHANGELOG.md")]
    for folder, place in (("docs", "share/doc/geode"), ("packaging", "packaging")):
        for parent, folders, files in os.walk(os.path.join(ROOT, folder)):
            folders[:] = [name for name in folders if name != "__pycache__"]
            inside = os.path.relpath(parent, os.path.join(ROOT, folder))
            for name in files:
                copied.append((os.path.join(folder, inside, name), os.path.join(place, inside, name)))
    for source, place in copied:
        path = os.path.join(ROOT, source)
        with open(path, "rb") as file:
            yield os.path.normpath(place), file.read(), 0o755 if os.access(path, os.X_OK) else 0o644


def entry(name, when, mode):
    info = tarfile.TarInfo("geode/" + name if name else "geode")
    info.mtime, info.mode = when, mode
    info.uname = info.gname = "root"
    return info


def write(path, geode):
    when = time_of_release()
    files = {name: (data, mode) for name, data, mode in contents(geode)}
    folders = {""}
    for name in [*files, "zig-out/bin/geode"]:
        while name := os.path.dirname(name):
            folders.add(name)
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed, \
            tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted([*folders, *files, "zig-out/bin/geode"]):
            if name in folders:
                info = entry(name, when, 0o755)
                info.type = tarfile.DIRTYPE
                archive.addfile(info)
            elif name in files:
                data, mode = files[name]
                info = entry(name, when, mode)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
            else:
                info = entry(name, when, 0o777)
                info.type, info.linkname = tarfile.SYMTYPE, "../../bin/geode"
                archive.addfile(info)


def main():
    parser = argparse.ArgumentParser(description="Makes the archive of a release")
    parser.add_argument("--geode", default=os.path.join(ROOT, "build", "release", "bin", "geode"), help="the executable of a release build")
    parser.add_argument("--output", default=".", help="the folder that the archive is written to")
    options = parser.parse_args()
    if not os.access(options.geode, os.X_OK):
        sys.exit("make_release.py: %s is no executable: build it with `make release`" % options.geode)
    if shutil.which("strip") is None:
        sys.exit("make_release.py: strip is not installed (binutils)")
    version = output_of(options.geode, "--version").decode().split()[1]
    path = os.path.join(options.output, "geode-%s.tar.gz" % version)
    write(path + ".part", options.geode)
    os.replace(path + ".part", path)
    print(path)


if __name__ == "__main__":
    main()
