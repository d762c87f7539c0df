#!/usr/bin/env bash
# Runs demo.sh on the fixture and looks for the answers, whose values follow from it by hand.
#   check_demo.sh DEMO BIN_FOLDER OUTPUT_FOLDER FIXTURE_FOLDER
set -euo pipefail

output=$(NO_COLOR=1 "$1" "$2" "$3" --status "$4/status" --lists "$4/lists")
printf '%s\n' "$output"

# section N: what was printed for question N, frame and spaces squeezed.
section() {
  printf '%s\n' "$output" | sed -n "/^== $1\./,/^== $(($1 + 1))\./p" | sed 's/[│|]/ /g' | tr -s ' '
}
expect() {
  if ! section "$1" | grep -q -- "$2"; then
    echo "check_demo: question $1: no line with: $2" >&2
    exit 1
  fi
}
refuse() {
  if section "$1" | grep -q -- "$2"; then
    echo "check_demo: question $1: there is a line with: $2" >&2
    exit 1
  fi
}

expect 1 "^ libc6 11 "
expect 2 "^ cmake devel "
expect 2 "^ libcurl4 libs "
refuse 2 "^ wget "   # could use libgnutls30
refuse 2 "^ nginx "  # is not installed
expect 3 "^ 3 .*build-essential.*gcc.*binutils.*zlib1g"
expect 4 "libc6.*libgcc-s1"
expect 5 "^ libs 5 13 "
expect 5 "^ devel 5 7 "
printf '%s\n' "$output" | grep -q "geode shell .*debian.geode"
