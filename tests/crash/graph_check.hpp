#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include <geode/database.hpp>
#include <geode/transaction.hpp>

namespace geode::test {

/// What a check found wrong. The text begins with the rule that is broken.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws Broken unless `holds`.
inline void expect(bool holds, const std::string& rule) {
  if (!holds) throw Broken(rule);
}

struct GraphSize {
  std::uint64_t nodes = 0;
  std::uint64_t edges = 0;
};

/// Walks the whole graph of one snapshot and throws Broken when parts of it disagree: counts
/// against scans, labels of nodes against scans by label, ends of edges, adjacency of both
/// directions.
GraphSize check_graph(const Transaction& snapshot);

/// Throws Broken with the first damage that geode::verify() finds.
void expect_sound(const Database& database);

/// A number for the content of the snapshot: elements with their ids, labels and properties. The
/// order in which they are stored does not count, nor does what was merged into what.
std::uint64_t digest(const Transaction& snapshot);

}  // namespace geode::test
