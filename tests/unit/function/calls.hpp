#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <geode/error.hpp>
#include <geode/value.hpp>
#include "gql/function/registry.hpp"

namespace geode::test {

/// Two nodes (0 is a Person named Ada; 9 is gone), one edge KNOWS.
class SmallGraph : public gql::GraphAccess {
 public:
  List labels(NodeId node) const override {
    return raw(node) == 7 ? List{"City"} : List{"Admin", "Person"};
  }
  std::uint64_t label_set(NodeId node) const override {
    return raw(node) == 7 ? 1 : node_exists(node) ? 2 : 0;
  }
  std::string edge_label(EdgeId) const override { return "KNOWS"; }
  bool is_directed(EdgeId) const override { return true; }
  Record node_properties(NodeId) const override { return Record{{"name", "Ada"}, {"age", 36}}; }
  Record edge_properties(const Edge&) const override { return Record{{"since", 1843}}; }
  Value node_property(NodeId, std::string_view key) const override {
    return key == "name" ? Value("Ada") : key == "age" ? Value(36) : Value();
  }
  Value edge_property(const Edge&, std::string_view key) const override {
    return key == "since" ? Value(1843) : Value();
  }
  bool node_exists(NodeId node) const override { return raw(node) != 9; }
  std::uint64_t degree(NodeId, bool out, bool in) const override {
    return (out ? 2u : 0u) + (in ? 1u : 0u);
  }
};

gql::FunctionContext context();

/// The value of a scalar function, by its row form; nulls as the engine handles them.
Value call(std::string_view function, const std::vector<Value>& arguments);
/// GQLSTATUS of the error a call ends in, "" for none.
std::string failure(std::string_view function, const std::vector<Value>& arguments);
/// The vector form over columns with all rows; an empty list when it declines.
List call_vector(std::string_view function, const std::vector<List>& columns);

/// The value of an aggregate over one column.
Value aggregate(std::string_view function, const List& values);
/// The same over several columns, in batches of two rows whose states are combined; with a
/// multiplicity for each row.
Value aggregate_columns(std::string_view function, const std::vector<List>& columns,
                        const std::vector<std::uint64_t>& multiplicity = {});
/// One value for each group.
List aggregate_groups(std::string_view function, const List& values,
                      const std::vector<std::uint32_t>& groups, std::uint32_t group_count);

}  // namespace geode::test
