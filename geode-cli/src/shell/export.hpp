#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace geode::cli {

class Snapshot;

enum class ExportForm { kCsv, kJsonLines };

struct ExportReport {
  std::uint64_t nodes = 0, edges = 0;
  std::vector<std::string> files;    ///< names within the folder
  std::vector<std::string> remarks;  ///< what the files cannot tell the importer
};

/// Writes the graph into `folder`, which is made and must be new or empty: a file of nodes for each
/// set of labels, a file of edges for each label and the first labels of its ends, `schema.gql`
/// with indexes and constraints, and `import.sh`, which builds a database of them with `geode
/// import`.
///
/// Throws Error 22023 when the importer has no form for the graph: nodes without a label, labels
/// that hold characters of its arguments.
ExportReport export_graph(Snapshot& snapshot, const std::string& folder, ExportForm form);

}  // namespace geode::cli
