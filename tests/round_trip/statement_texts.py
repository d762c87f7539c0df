#!/usr/bin/env python3
"""Texts of statements for programs that read statements, apart by NUL bytes.

    statement_texts.py PATH... > FILE             all texts in one file
    statement_texts.py --corpus DIR PATH...       each text in a file of its own

Looks through each PATH, a file or a folder, for .gqltest and .gql files, .feature files (texts
between triple quotes) and .json files (the strings of lists called `queries` and `setup`).
"""

import hashlib
import json
import pathlib
import re
import sys

RECORDS = ("setup", "statement", "query", "error", "plan", "notices")


def of_gqltest(text):
    for record in re.split(r"\n\s*\n", text):
        lines = [line for line in record.split("\n") if not line.startswith("#")]
        if lines and lines[0].split(" ")[0] in RECORDS:
            body = "\n".join(lines[1:]).split("\n----")[0]
            yield from body.split(";\n") if lines[0] == "setup" else [body]


def of_feature(text):
    for quoted in re.findall(r'"""\n(.*?)\n\s*"""', text, re.DOTALL):
        yield re.sub(r"(?m)^ {6}", "", quoted)


def of_json(value):
    if isinstance(value, list):
        for part in value:
            yield from of_json(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            if key in ("queries", "setup") and isinstance(part, list):
                yield from (text for text in part if isinstance(text, str))
            yield from of_json(part)


READERS = {
    ".gqltest": of_gqltest,
    ".gql": lambda text: text.split(";\n"),
    ".feature": of_feature,
    ".json": lambda text: of_json(json.loads(text)),
}


def texts_of(paths):
    seen = set()
    for path in map(pathlib.Path, paths):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.suffix in READERS and file.is_file():
                for text in READERS[file.suffix](file.read_text(encoding="utf-8")):
                    text = text.strip()
                    if text and "\0" not in text and text not in seen:
                        seen.add(text)
                        yield text


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.exit(__doc__)
    if arguments[0] == "--corpus":
        folder = pathlib.Path(arguments[1])
        folder.mkdir(parents=True, exist_ok=True)
        for text in texts_of(arguments[2:]):
            data = text.encode()
            (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)
    else:
        for text in texts_of(arguments):
            sys.stdout.buffer.write(text.encode() + b"\0")


if __name__ == "__main__":
    main(sys.argv[1:])
