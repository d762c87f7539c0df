#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/edge_block.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/header.hpp"
#include "graph/log/log_record.hpp"

namespace geode::graph {

/// Writes the record of one transaction into the change log, when the database keeps one: changes
/// are noted as they are made and gather in memory; what is too much for one part goes to the table
/// at once, the rest with the commit.
class LogWriter {
 public:
  LogWriter(storage::WriteTransaction& txn, DatabaseHeader& header) : txn_(txn), header_(header) {}

  /// Around a change that is noted as a whole: changes that it is made of are not noted.
  class Change {
   public:
    explicit Change(LogWriter& log) : log_(log) { ++log.depth_; }
    ~Change() { --log_.depth_; }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    /// Whether it is to be noted; where that is so, this follows, once, when it was made.
    bool noted() const { return log_.on() && log_.depth_ == 1; }

   private:
    LogWriter& log_;
  };

  bool on() const { return header_.log_on != 0 && !silent_; }
  /// Nothing is noted any more: what is changed comes from a log.
  void be_silent() { silent_ = true; }

  void intern_label(GraphId graph, std::string_view name);
  void intern_edge_label(GraphId graph, bool directed, std::string_view name);
  void insert_node(NodeId node, GraphId graph, std::span<const LabelId> labels,
                   const Properties& properties);
  void insert_edge(const value::EdgeRef& edge, const Properties& properties);
  void set_node_property(NodeId node, PropertyKeyId key, const Value& value);
  void set_edge_property(EdgeId edge, PropertyKeyId key, const Value& value);
  void change_label(LogOperation operation, NodeId node, LabelId label);
  void delete_node(NodeId node, bool detach);
  void delete_edge(const value::EdgeRef& edge);
  /// Operations about one text: a name, a path or a definition.
  void text(LogOperation operation, std::string_view text);
  void text_of_graph(LogOperation operation, GraphId graph, std::string_view text);
  void two_texts(LogOperation operation, std::string_view first, std::string_view second);
  void drop_graph(GraphId graph);
  void copy_graph(GraphId from, GraphId to);
  void begin_nodes(GraphId graph, NodeId first, std::span<const std::string> labels,
                   std::span<const std::string> keys);
  void node_rows(std::span<const value::Vector> columns, std::uint32_t rows);
  void begin_edges(GraphId graph, std::string_view label, std::span<const std::string> keys);
  void edge_block(const EdgeBlock& block);
  /// kEndNodes, kEndEdges.
  void plain(LogOperation operation);

  void begin_savepoint();
  void release_savepoint() { savepoints_.pop_back(); }
  /// The table is rolled back by the caller, and the header.
  void rollback_savepoint();

  /// The last part, of the commit with the next LSN. Drops the oldest records where the log has
  /// become too long.
  void finish(std::int64_t commit_time);

 private:
  struct Savepoint {
    std::uint32_t part = 0;
    std::uint32_t operations = 0;
    std::size_t size = 0;
    /// What was gathered, once it went to the table.
    std::string gathered;
  };

  std::string& begin(LogOperation operation);
  void put_properties(const Properties& properties);
  /// After each operation.
  void end();
  void write_part(std::uint32_t flags, std::int64_t commit_time);
  void drop_oldest();

  storage::WriteTransaction& txn_;
  DatabaseHeader& header_;
  std::string gathered_;
  std::uint32_t operations_ = 0;
  std::uint32_t part_ = 0;
  std::uint32_t depth_ = 0;
  bool silent_ = false;
  bool loads_ = false;
  std::vector<Savepoint> savepoints_;
};

}  // namespace geode::graph
