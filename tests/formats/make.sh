#!/bin/sh
# Makes the database of the present format version: make.sh GEODE VERSION. One is kept for each
# version; those of older versions can no longer be made.
set -e
geode=$1
file=$(dirname "$0")/version$2.geode
rm -f "$file" "$file-lock"
"$geode" -q "$file" -c ".sample social"
"$geode" compact -q "$file"
rm -f "$file-lock"
