#!/bin/sh
# Installs the packages of apt-dependencies.txt that are missing. Says what it does; does nothing
# when all are there.
set -eu

list=$(dirname "$0")/apt-dependencies.txt
wanted=$(sed -e 's/#.*//' -e 's/[[:space:]]//g' "$list" | grep -v '^$')

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "geode: this is no Debian system; the packages of $list must be there already"
  exit 0
fi

missing=
for package in $wanted; do
  case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) in
    installed) ;;
    *) missing="$missing $package" ;;
  esac
done
# The package prometheus starts a server on the port that tests use, so its promtool comes alone.
if command -v promtool >/dev/null 2>&1; then promtool=; else promtool=promtool; fi
[ -n "$missing$promtool" ] || exit 0

run=
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "geode: these packages are missing, and neither root nor sudo is here to install them:" >&2
    echo "  apt-get install$missing${promtool:+ prometheus}" >&2
    exit 1
  fi
  run="sudo"
fi

echo "geode: installing with apt:$missing${promtool:+ promtool of prometheus}"
$run apt-get update -q
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086  # one word for each package
  $run env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
fi
if [ -n "$promtool" ]; then
  folder=$(mktemp -d)
  trap 'rm -r "$folder"' EXIT
  (cd "$folder" && apt-get download -q prometheus)
  dpkg-deb --fsys-tarfile "$folder"/prometheus_*.deb |
    $run tar x -C /usr/local/bin --no-same-owner --strip-components=3 ./usr/bin/promtool
fi
