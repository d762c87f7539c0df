#include "gql/exec/spill/row_codec.hpp"

#include <numeric>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "value/compare.hpp"

namespace geode::gql::exec {
namespace {

/// One value of each type, nested ones among them.
std::vector<Value> values_of_all_types() {
  Node node{NodeId{7}, {"A", "B"}, {{"name", "Ada"}, {"list", List{1, Value(), "x"}}}};
  Edge edge{EdgeId{9}, NodeId{7}, NodeId{8}, "KNOWS", {{"since", 2020}}, true, true};
  Edge undirected{EdgeId{10}, NodeId{8}, NodeId{7}, "", {}, false, false};
  Path path;
  path.nodes = {Value::node_reference(NodeId{7}), Value(Node{NodeId{8}, {}, {}})};
  path.edges = {Value(edge)};
  return {
      Value(),
      true,
      std::int64_t{-1} << 62,
      0.1,
      Decimal(12345, 2),
      Date{-719'162},
      LocalTime{86'399'999'999'999},
      ZonedTime{1, -3600},
      LocalDateTime{-1, 999'999'999},
      ZonedDateTime{1, 2, 3600, "Europe/Paris"},
      Duration{1, -2, 3, 4},
      "",
      std::string(100'000, 'x'),
      Bytes{std::string("\0\xff", 2)},
      List{},
      List{1, "two", List{3.0, Value(node)}},
      Record{{"a", 1}, {"b", Record{{"c", Value(edge)}}}},
      Value::node_reference(NodeId{42}),
      node,
      edge,
      undirected,
      path,
      GraphReference{"/a/b", GraphId{3}},
  };
}

void check_round_trip(const value::Vector& column, std::uint32_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.rbegin(), rows.rend(), 0u);  // another order than they stand in
  const value::Vector* columns[] = {&column, &column};
  std::string bytes;
  encode_rows(columns, rows, bytes);
  std::vector<value::Vector> read(2);
  REQUIRE(decode_rows(bytes, read) == count);
  for (const value::Vector& copy : read) {
    CHECK(copy.physical() == column.physical());
    for (std::uint32_t i = 0; i < count; ++i) {
      const Value before = column.get(rows[i]), after = copy.get(i);
      CHECK(before.type() == after.type());
      CHECK(value::same(before, after));
      CHECK(before.to_string() == after.to_string());
    }
  }
}

TEST_CASE("rows of values of all types are read as they were written", "[exec]") {
  const std::vector<Value> values = values_of_all_types();
  value::Vector column;
  column.assign(values);
  REQUIRE(column.physical() == value::Physical::kAny);
  check_round_trip(column, static_cast<std::uint32_t>(values.size()));
}

TEST_CASE("rows of each physical form are read in it, nulls among them", "[exec]") {
  for (const Value& value : values_of_all_types()) {
    const std::vector<Value> values{value, Value(), value, value};
    value::Vector column;
    column.assign(values);
    check_round_trip(column, 4);
  }
}

TEST_CASE("what a node, an edge or a path was read with is kept", "[exec]") {
  const std::vector<Value> values = values_of_all_types();
  value::Vector column;
  column.assign(values);
  const value::Vector* columns[] = {&column};
  std::vector<std::uint32_t> rows(values.size());
  std::iota(rows.begin(), rows.end(), 0u);
  std::string bytes;
  encode_rows(columns, rows, bytes);
  std::vector<value::Vector> read(1);
  decode_rows(bytes, read);
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    const Value copy = read[0].get(i);
    if (values[i].type() == ValueType::kEdge) {
      CHECK(copy.as_edge().source == values[i].as_edge().source);
      CHECK(copy.as_edge().target == values[i].as_edge().target);
      CHECK(copy.as_edge().resolved == values[i].as_edge().resolved);
      CHECK(copy.as_edge().directed == values[i].as_edge().directed);
    } else if (values[i].type() == ValueType::kNode) {
      CHECK(copy.is_reference() == values[i].is_reference());
    } else if (values[i].type() == ValueType::kGraph) {
      CHECK(copy.as_graph().id == values[i].as_graph().id);
    }
  }
}

TEST_CASE("a value beside many rows is written once", "[exec]") {
  List list;
  for (int i = 0; i < 10'000; ++i) list.emplace_back(i);
  const std::vector<Value> values(500, Value(std::move(list)));
  value::Vector column;
  column.assign(values);
  const value::Vector* columns[] = {&column};
  std::vector<std::uint32_t> rows(values.size());
  std::iota(rows.begin(), rows.end(), 0u);
  std::string bytes;
  encode_rows(columns, rows, bytes);
  CHECK(bytes.size() < 100'000);
  check_round_trip(column, 500);
}

}  // namespace
}  // namespace geode::gql::exec
