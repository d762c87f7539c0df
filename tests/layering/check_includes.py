#!/usr/bin/env python3
"""Compares the source tree with ARCHITECTURE.md.

  check_includes.py [ROOT]

Reads the table of layers in ARCHITECTURE.md and checks that
- a file includes only what stands in its layer's row, and what that layer's rows may include;
- public headers include the standard library and public headers only;
- a package is included only by layers that name it (LMDB above all);
- no source file is over 700 lines, unless ARCHITECTURE.md names it under "Long files" with a reason;
- every file that ARCHITECTURE.md names exists.
Exit status 0 when all holds, 1 otherwise.
"""
import os
import re
import sys

LINE_LIMIT = 700
SOURCE = (".cpp", ".hpp", ".h")
# Header prefix -> the word that the table's last column uses for its package.
PACKAGES = {
    "lmdb.h": "LMDB",
    "fmt/": "fmt",
    "re2/": "re2",
    "utf8proc.h": "utf8proc",
    "roaring/": "CRoaring",
    "date/": "date",
    "boost/multiprecision": "Boost.Multiprecision",
    "boost/": "Boost",
    "nlohmann/": "nlohmann-json",
    "CLI/": "CLI11",
    "histedit.h": "libedit",
    "openssl/": "OpenSSL",
    "ngtcp2/": "ngtcp2",
    "gnutls/": "GnuTLS",
    "archive.h": "libarchive",
    "zstd.h": "zstd",
    "google/protobuf/": "Protobuf",
    "yaml-cpp/": "yaml-cpp",
    "spdlog/": "spdlog",
    "prometheus/": "prometheus-cpp",
}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def layer_table(text):
    """[(folder, allowed folders, packages text)] from the first table whose header says 'layer'."""
    rows = []
    in_table = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and cells[0].startswith("layer"):
            in_table = True
            continue
        if not in_table:
            continue
        if not line.startswith("|"):
            break
        if set(cells[0]) <= set("-: "):
            continue
        rows.append((cells[0], cells[1], cells[2] if len(cells) > 2 else ""))
    return rows


class Layers:
    def __init__(self, text):
        self.allowed = {}   # layer -> set of layers, after closure
        self.files = {}     # layer -> single headers it may include besides
        self.packages = {}  # layer -> text of the packages column
        self.fronts = []    # top-level folders that see <geode/...> only
        direct = {}
        order = []
        for name, includes, packages in layer_table(text):
            folders = re.findall(r"`([^`]+)`", name)
            if any(folder.startswith("src/") for folder in folders):
                for folder in (f[4:] for f in folders if f.startswith("src/")):
                    direct[folder] = includes
                    self.packages[folder] = packages
                    order.append(folder)
            elif not any(folder.startswith("include/") for folder in folders):
                for folder in folders:
                    self.fronts.append(folder)
                    self.packages[folder] = packages
        for layer in order:
            # What stands in parentheses is remark.
            words = re.findall(r"[a-z_/]+(?:\.hpp)?", re.sub(r"\([^)]*\)", "", direct[layer]))
            self.files[layer] = {word for word in words if word.endswith(".hpp")}
            if "all of the above" in direct[layer]:
                named = set(order[: order.index(layer)])
            else:
                named = {word for word in words if word in direct}
            self.allowed[layer] = named

        # What a layer may include, its own layers may include too: the binder sees values through
        # the catalog. Public interfaces of lower layers expose those types, so it is closed over.
        for layer in order:
            closure = set()
            pending = list(self.allowed[layer])
            while pending:
                other = pending.pop()
                if other not in closure:
                    closure.add(other)
                    pending.extend(self.allowed[other])
            self.allowed[layer] = closure

    def of(self, path_in_src):
        """The layer of a path below src/, or None: the longest folder that is in the table."""
        best = None
        for layer in self.allowed:
            if path_in_src.startswith(layer + "/") and (best is None or len(layer) > len(best)):
                best = layer
        return best

    def names_package(self, layer, header):
        prefix = max((p for p in PACKAGES if header.startswith(p)), key=len, default=None)
        if prefix is None:
            return True
        return PACKAGES[prefix].split(".")[0].lower() in self.packages.get(layer, "").lower()


def sources(root, folder):
    for directory, folders, files in os.walk(os.path.join(root, folder)):
        folders[:] = sorted(f for f in folders if f not in ("build", ".git"))
        for name in sorted(files):
            if name.endswith(SOURCE):
                yield os.path.relpath(os.path.join(directory, name), root)


def includes_of(root, path):
    for number, line in enumerate(read(os.path.join(root, path)).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1), match.group(2)


def is_standard(header):
    return re.fullmatch(r"[a-z_0-9]+(\.h)?", header) and header not in PACKAGES


def check_library(root, layers, complaints):
    source_folder = os.path.join(root, "libgeode", "src")
    for path in sources(root, "libgeode/src"):
        inside = os.path.relpath(path, "libgeode/src")
        layer = layers.of(inside)
        if layer is None:
            if inside != "precompiled.hpp":
                complaints.append("%s: its folder is in no row of the table of layers" % path)
            continue
        for number, form, header in includes_of(root, path):
            place = "%s:%d" % (path, number)
            if form == "<":
                if not header.startswith("geode/") and not layers.names_package(layer, header):
                    complaints.append("%s: <%s> is no package of layer %s" % (place, header, layer))
                continue
            beside = os.path.normpath(os.path.join(os.path.dirname(inside), header))
            target = header if os.path.exists(os.path.join(source_folder, header)) else beside
            if not os.path.exists(os.path.join(source_folder, target)):
                complaints.append('%s: "%s" does not exist' % (place, header))
                continue
            other = layers.of(target)
            if other != layer and other not in layers.allowed[layer] \
                    and target not in layers.files[layer]:
                complaints.append('%s: layer %s must not include "%s" of layer %s'
                                  % (place, layer, header, other))


def check_public_headers(root, complaints):
    for path in sources(root, "libgeode/include"):
        for number, form, header in includes_of(root, path):
            if form == '"' or not (header.startswith("geode/") or is_standard(header)):
                complaints.append("%s:%d: a public header must not include %s" % (path, number, header))


def check_fronts(root, layers, complaints):
    for folder in layers.fronts:
        for path in sources(root, folder):
            for number, form, header in includes_of(root, path):
                if form == "<" and not header.startswith("geode/") \
                        and not layers.names_package(folder, header):
                    complaints.append("%s:%d: <%s> is no package of %s"
                                      % (path, number, header, folder))
                if form == '"' and "libgeode" in header:
                    complaints.append('%s:%d: "%s" reaches into the library' % (path, number, header))


def long_files(text):
    """{path: reason} of the list under the heading 'Long files'."""
    section = re.search(r"^#+ .*Long files.*?$(.*?)(?=^#|\Z)", text, re.M | re.S)
    return dict(re.findall(r"^- `([^`]+)`: (.+)$", section.group(1), re.M)) if section else {}


def check_lengths(root, text, complaints):
    excused = long_files(text)
    for folder in ("libgeode", "geode-cli", "geode-server", "bindings", "examples", "tests"):
        for path in sources(root, folder):
            lines = read(os.path.join(root, path)).count("\n")
            if lines > LINE_LIMIT and path not in excused:
                complaints.append("%s: %d lines; over %d needs a reason in ARCHITECTURE.md"
                                  % (path, lines, LINE_LIMIT))


def expand(name):
    """`a.{hpp,cpp}` -> both."""
    match = re.match(r"(.*)\{([^}]*)\}(.*)", name)
    if not match:
        return [name]
    return [match.group(1) + part + match.group(3) for part in match.group(2).split(",")]


def check_named_files(root, text, complaints):
    known = []
    for directory, folders, files in os.walk(root):
        folders[:] = [f for f in folders if f not in ("build", ".git")]
        known += [os.path.relpath(os.path.join(directory, f), root) for f in files]
    for name in sorted(set(re.findall(r"`([\w./{},-]+)`", text))):
        for path in expand(name):
            if not re.search(r"\.(cpp|hpp|h|py|in|cmake|gql|sh|txt|md)$", path):
                if path.endswith("/"):
                    if not any(("/" + file).find("/" + path) >= 0 for file in known):
                        complaints.append("ARCHITECTURE.md: there is no folder %s" % path)
                continue
            if not any(file == path or file.endswith("/" + path) for file in known):
                complaints.append("ARCHITECTURE.md: there is no file %s" % path)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "..")
    text = read(os.path.join(root, "ARCHITECTURE.md"))
    layers = Layers(text)
    complaints = []
    if not layers.allowed:
        complaints.append("ARCHITECTURE.md: no table of layers")
    check_library(root, layers, complaints)
    check_public_headers(root, complaints)
    check_fronts(root, layers, complaints)
    check_lengths(root, text, complaints)
    check_named_files(root, text, complaints)
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
