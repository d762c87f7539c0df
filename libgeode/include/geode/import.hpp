#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <geode/database.hpp>

namespace geode {
inline namespace v1 {

/// A file of nodes: CSV with a header line, or JSON Lines (by its ending .jsonl / .ndjson / .json).
struct NodeSource {
  std::vector<std::string> labels;
  std::string file;
  std::string key;  ///< column whose values edges refer to; "" = `id` when there is such a column
  bool keep_key = true;  ///< false: `key` is there for the edges alone and becomes no property
};

/// A file of edges: the keys of the ends in columns `from` and `to`, or else in the first two.
struct EdgeSource {
  std::string label;
  std::string file;
  std::string from_label, from_key;
  std::string to_label, to_key;
};

enum class OnError : std::uint8_t { kStop, kSkip, kLog };

struct ImportProgress {
  std::uint64_t bytes_read = 0, bytes_total = 0;
  std::uint64_t nodes = 0, edges = 0;
  std::string step;
};

struct ImportOptions {
  std::vector<NodeSource> nodes;
  std::vector<EdgeSource> edges;
  /// Where they go, `name` or `/schema/name`; made when it is not there. "": the home graph.
  std::string graph;
  /// Overrides of inferred types: (column, "INTEGER" | "FLOAT" | "BOOLEAN" | "STRING" | "DATE" |
  /// ...).
  std::vector<std::pair<std::string, std::string>> types;
  char delimiter = 0;  ///< 0: found out from the file
  OnError on_error = OnError::kStop;
  std::string error_file;                                 ///< kLog
  std::uint64_t memory_bytes = std::uint64_t{160} << 20;  ///< to sort edges in
  /// Threads that may work at once; 0: as many as processors may be used by the process. What is
  /// written does not depend on it.
  std::uint32_t workers = 0;
  /// Called a few times a second; false stops the import, which leaves the database as it was.
  std::function<bool(const ImportProgress&)> progress;
};

struct ImportReport {
  std::uint64_t nodes = 0, edges = 0, rejected = 0;
  std::uint64_t bytes_read = 0;
  double seconds = 0;
};

/// Loads files into a database at bulk speed, in one atomic step. Throws Error with file, line and
/// column of the first bad row (OnError::kStop).
ImportReport import_files(Database& database, const ImportOptions& options);

}  // namespace v1
}  // namespace geode
