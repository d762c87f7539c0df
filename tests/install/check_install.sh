#!/usr/bin/env bash
# check_install.sh CMAKE BUILD_FOLDER CONSUMER_FOLDER WORK_FOLDER CXX [FLAGS]
set -euo pipefail

cmake=$1 build=$2 consumer=$3 work=$4 cxx=$5 flags=${6:-}
rm -rf "$work"
mkdir -p "$work"
# Both programs are built from a copy, so that nothing of the tree is found by chance.
cp -r "$consumer" "$work/consumer"
"$cmake" --install "$build" --prefix "$work/prefix" >"$work/install.log"

echo "find_package(Geode 0.1)"
"$cmake" -S "$work/consumer" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_CXX_FLAGS="$flags" >"$work/configure.log"
"$cmake" --build "$work/build"
"$work/build/consumer"

echo "pkg-config geode"
pc=$(dirname "$(find "$work/prefix" -name geode.pc)")
export PKG_CONFIG_PATH=$pc
# shellcheck disable=SC2046,SC2086  # flags are words
"$cxx" -std=c++20 $flags $(pkg-config --cflags geode) "$work/consumer/main.cpp" -o "$work/by_pkg_config" \
  $(pkg-config --libs geode)
LD_LIBRARY_PATH=$(dirname "$pc") "$work/by_pkg_config"
[ "$(pkg-config --modversion geode)" = "$("$work/prefix/bin/geode" --version | awk '{print $NF}')" ]
