#!/usr/bin/env bash
# The packages of this Debian system as a graph, and five questions to it.
#
#   demo.sh BIN_FOLDER OUTPUT_FOLDER [--status FILE] [--lists FOLDER]
#
# BIN_FOLDER holds the programs geode and debian_packages. Without --status and --lists, what dpkg
# and apt know of this machine is read.
set -euo pipefail

bin=$1
out=$2
shift 2
status=/var/lib/dpkg/status
lists=
while [ $# -gt 0 ]; do
  case $1 in
    --status) status=$2 ;;
    --lists) lists=$2 ;;
    *) echo "demo.sh: unknown option $1" >&2; exit 2 ;;
  esac
  shift 2
done

database=$out/debian.geode
csv=$out/csv
mkdir -p "$csv"
rm -f "$database" "$database-lock"

# apt may keep its lists compressed; its own helper reads every form.
if [ -z "$lists" ]; then
  lists=$out/lists
  mkdir -p "$lists"
  rm -f "$lists"/*_Packages
  for list in /var/lib/apt/lists/*_Packages /var/lib/apt/lists/*_Packages.*; do
    if [ -r "$list" ] && [ -x /usr/lib/apt/apt-helper ]; then
      name=$(basename "$list")
      /usr/lib/apt/apt-helper cat-file "$list" >"$lists/${name%_Packages*}_Packages" || true
    fi
  done
fi

echo "== The packages of this system, as CSV files in $csv"
"$bin/debian_packages" "$csv" --status "$status" --lists "$lists"

echo
echo "== geode import into $database"
"$bin/geode" import "$database" \
  --nodes "Package=$csv/packages.csv,key=name" \
  --edges "DEPENDS=$csv/depends.csv,from=Package.name,to=Package.name" \
  --edges "RECOMMENDS=$csv/recommends.csv,from=Package.name,to=Package.name" \
  --edges "SUGGESTS=$csv/suggests.csv,from=Package.name,to=Package.name" \
  --edges "CONFLICTS=$csv/conflicts.csv,from=Package.name,to=Package.name" \
  --edges "PROVIDES=$csv/provides.csv,from=Package.name,to=Package.name" \
  --types version=STRING
"$bin/geode" shell "$database" --format table \
  -c "CREATE INDEX package_name IF NOT EXISTS FOR (p:Package) ON (p.name)"

ask() {
  echo
  echo "== $1"
  printf '%s\n\n' "$2" | sed 's/^/   /'
  "$bin/geode" shell "$database" --format box -c "$2"
}

ask "1. The packages that most others depend upon" \
"MATCH (p:Package)<-[:DEPENDS]-(other)
RETURN p.name AS package, count(other) AS dependants
ORDER BY dependants DESC, package LIMIT 10"

# A clause with alternatives can be met by another package, so only clauses without count.
ask "2. Every installed package that would go if libssl3 went" \
"MATCH (p:Package WHERE p.installed)-[e:DEPENDS WHERE e.alternatives = 1]->+(:Package {name: 'libssl3'})
RETURN DISTINCT p.name AS package, p.section AS section
ORDER BY package"

ask "3. The shortest way by which build-essential depends on zlib1g" \
"MATCH path = ANY SHORTEST (:Package {name: 'build-essential'})-[:DEPENDS]->+(:Package {name: 'zlib1g'})
RETURN path_length(path) AS steps, [p IN nodes(path) | p.name] AS packages"

ask "4. Installed packages that depend on each other in a circle" \
"MATCH (a:Package WHERE a.installed)-[:DEPENDS]->(b)-[:DEPENDS]->(a) WHERE a.name < b.name
RETURN [a.name, b.name] AS circle
UNION
MATCH (a:Package WHERE a.installed)-[:DEPENDS]->(b)-[:DEPENDS]->(c)-[:DEPENDS]->(a)
WHERE a.name < b.name AND a.name < c.name
RETURN [a.name, b.name, c.name] AS circle"

ask "5. The size of what is installed, by section" \
"MATCH (p:Package {installed: true})
RETURN p.section AS section, count(*) AS packages, sum(p.size) / 1048576 AS mebibytes
ORDER BY mebibytes DESC, section LIMIT 12"

echo
echo "The same database in the shell:"
echo "  $bin/geode shell $database"
