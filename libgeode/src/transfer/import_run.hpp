#pragma once

#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <geode/import.hpp>
#include "graph/bulk_load.hpp"
#include "transfer/edge_rows.hpp"
#include "transfer/node_keys.hpp"
#include "transfer/record_reader.hpp"

namespace geode::transfer {

/// One import: files of nodes, then files of edges, into one bulk load.
class ImportRun {
 public:
  ImportRun(const std::shared_ptr<storage::Environment>& environment, std::int64_t lock_timeout_ms,
            const ImportOptions& options);
  ImportReport run();

 private:
  /// A file of nodes and how they are told apart.
  struct NodeFile {
    const NodeSource* source = nullptr;
    std::vector<std::string> columns;
    std::string key;           ///< "" when nobody asks for one
    NodeKeys* keys = nullptr;  ///< by `key`, of the first label
    bool has_label(const std::string& label) const;
    bool has_column(const std::string& name) const;
  };

  /// Adds the constraints of the keys and reads the keys of nodes that are there already, while the
  /// transaction has not loaded anything.
  void prepare();
  /// Which property edges refer to nodes of a label by when they do not say: the key given with a
  /// file of that label, else `id` when such a file has it, else that of a unique constraint.
  std::string default_key(const std::string& label);
  NodeKeys& keys_of(const std::string& label, const std::string& key);
  /// By what an edge file refers to its ends.
  NodeKeys& end_keys(const std::string& label, const std::string& key) {
    return keys_of(label, key.empty() ? default_key(label) : key);
  }
  /// Finds the graph to load, or makes it.
  void choose_graph();
  void add_unique_constraint(const std::string& label, const std::string& key);

  void load_nodes(const NodeFile& file);
  void load_edges(const std::string& label, const std::vector<const EdgeSource*>& sources);
  void load_edge_file(const EdgeSource& source, RecordReader& reader,
                      const std::vector<std::string>& property_names);
  void load_edge_rows(const EdgeSource& source, RecordReader& reader, const EdgeColumns& columns);
  void add_edges(const EdgeRows& rows);
  std::unique_ptr<RecordReader> open(const std::string& file);

  /// Throws, or notes the row and lets the import go on, as on_error says.
  void reject(const std::string& file, const BadRow& row,
              std::string_view gqlstatus = status::kDataException);
  BadRow wrong_type(const RecordReader& reader, std::size_t column) const;
  /// Tells the progress a few times a second. Throws Error 57X01 when it is to stop.
  void poll();
  void begin_step(std::string step);
  void end_file(const RecordReader& reader);

  const ImportOptions options_;
  ImportProgress progress_;
  ImportReport report_;
  const RecordReader* reading_ = nullptr;
  std::uint64_t bytes_before_ = 0;  // of files that are done
  std::chrono::steady_clock::time_point told_{};
  std::ofstream error_log_;
  graph::BulkLoader loader_;
  catalog::GraphId graph_ = catalog::kHomeGraph;
  std::vector<NodeFile> node_files_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<NodeKeys>> keys_;
};

}  // namespace geode::transfer
