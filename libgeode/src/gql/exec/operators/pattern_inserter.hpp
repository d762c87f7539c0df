#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gql/bind/bound/statement.hpp"
#include "gql/exec/evaluate.hpp"

namespace geode::gql::exec {

/// Throws 22G03 when a value cannot be stored as a property: nodes, edges, paths and lists that
/// hold them or records.
void check_storable(const Value& value, const std::string& property, Position position);
/// Charges the statement for a value that its transaction is about to hold, when it is large: what
/// small ones take, the storage bounds.
void charge_large_value(const Value& value);

/// Makes the nodes and edges of one INSERT, CREATE or MERGE pattern for rows of a batch.
class PatternInserter {
 public:
  /// `refuse_nulls`: MERGE takes no null property.
  PatternInserter(const bound::Insert& insert, const ColumnMap& columns, SubqueryLowering& lowering,
                  bool refuse_nulls);
  void open(ExecutionContext& context);
  /// Inserts for each of `rows`: nodes[i][k] and edges[i][k] are those of pattern element i and
  /// rows[k].
  void insert(const Batch& batch, std::span<const std::uint32_t> rows,
              std::vector<std::vector<NodeId>>& nodes,
              std::vector<std::vector<value::EdgeRef>>& edges);
  std::size_t node_count() const { return nodes_.size(); }
  std::size_t edge_count() const { return edges_.size(); }

 private:
  struct Element {
    std::vector<std::string> labels;
    std::vector<Evaluator> dynamic_labels;
    std::vector<std::string> names;
    std::vector<Evaluator> values;
    std::vector<Evaluator> map;  // zero or one
    std::vector<catalog::PropertyKeyId> keys;
    std::vector<catalog::LabelId> label_ids;
    catalog::EdgeLabelId edge_label{};
    bool directed = true;  ///< of an edge
  };
  struct End {
    int column = -1;  // of the batch; else a new node
    std::size_t node = 0;
  };
  static Element make_element(const std::vector<bound::NewProperty>& properties,
                              const bound::ExpressionPtr& map, const ColumnMap& columns,
                              SubqueryLowering& lowering);
  End end_of(bound::VariableId variable, const bound::Insert& insert,
             const ColumnMap& columns) const;
  void open_element(Element& element);
  /// The labels of one row's node or edge whose names are computed.
  std::vector<std::string> computed_labels(Element& element, const Batch& batch, std::uint32_t row);
  catalog::EdgeLabelId edge_label(Element& element, const Batch& batch, std::uint32_t row);
  /// values[j][k]: property j for rows[k]; then maps.
  graph::Properties properties_of(Element& element, const std::vector<const value::Vector*>& values,
                                  std::uint32_t row);
  NodeId end_node(const End& end, const Batch& batch, std::uint32_t row, std::size_t k,
                  const std::vector<std::vector<NodeId>>& nodes) const;

  const catalog::GraphId graph_;
  std::vector<Element> nodes_, edges_;
  std::vector<std::pair<End, End>> ends_;
  bool refuse_nulls_;
  ExecutionContext* context_ = nullptr;
};

}  // namespace geode::gql::exec
