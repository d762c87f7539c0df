#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gql/bind/bound/statement.hpp"
#include "gql/exec/evaluate.hpp"

namespace geode::gql::exec {

/// The items of SET: the right-hand sides of one row are all read before the row is written; rows
/// follow one another.
class PropertySetter {
 public:
  PropertySetter(const std::vector<bound::SetItem>& items, const ColumnMap& columns,
                 SubqueryLowering& lowering);
  void open(ExecutionContext& context);
  void apply(const Batch& batch, std::span<const std::uint32_t> rows);

 private:
  struct Item {
    const bound::SetItem* item;
    std::vector<Evaluator> target;  // one
    std::vector<Evaluator> value;   // zero or one
    std::vector<Evaluator> names;   // of the property, or of labels
  };
  struct Read {
    Value target, value;
    std::vector<Value> names;
  };
  void write(const Item& item, const Read& read);
  void set_property(const Value& target, const std::string& name, const Value& value,
                    Position position);
  void replace_properties(const Value& target, const Value& value, bool keep_others,
                          Position position);

  std::vector<Item> items_;
  bool reads_graph_ = false;
  ExecutionContext* context_ = nullptr;
};

/// Throws 22G03 unless the value is a node or an edge.
void check_element(const Value& value, const char* clause, Position position);

}  // namespace geode::gql::exec
