#include <catch2/catch.hpp>

#include "calls.hpp"

using geode::Edge;
using geode::EdgeId;
using geode::List;
using geode::NodeId;
using geode::Path;
using geode::Record;
using geode::Value;
using geode::ValueType;
using geode::gql::FunctionRegistry;
using geode::test::call;
using geode::test::call_vector;
using geode::test::failure;
using geode::value::Type;

namespace {

const Value kAda = Value::node_reference(NodeId{0});
const Value kBob = Value::node_reference(NodeId{1});
const Value kGone = Value::node_reference(NodeId{9});
const Value kKnows = Edge{EdgeId{5}, NodeId{0}, NodeId{1}, {}, {}, false};

}  // namespace

TEST_CASE("labels and properties come from the graph", "[function]") {
  CHECK(call("labels", {kAda}) == Value(List{"Admin", "Person"}));
  CHECK(call("type", {kKnows}) == Value("KNOWS"));
  CHECK(call("labels", {kKnows}) == Value(List{"KNOWS"}));
  CHECK(call("properties", {kAda}) == Value(Record{{"name", "Ada"}, {"age", 36}}));
  CHECK(call("keys", {kAda}) == Value(List{"name", "age"}));
  CHECK(call("keys", {kKnows}) == Value(List{"since"}));
  CHECK(call("keys", {Record{{"a", nullptr}}}) == Value(List{"a"}));
  CHECK(call("property_exists", {kAda, "name"}) == Value(true));
  CHECK(call("property_exists", {kAda, "height"}) == Value(false));
  CHECK(call("degree", {kAda}) == Value(3));
  CHECK(call("outDegree", {kAda}) == Value(2));
}

TEST_CASE("a deleted node has an id but no labels or properties", "[function]") {
  CHECK(call("id", {kGone}) == Value(9));
  for (const char* function : {"labels", "properties", "keys"}) {
    CHECK(failure(function, {kGone}) == "22X02");
  }
}

TEST_CASE("labels of a column are made once for each set of labels", "[function]") {
  const Value city = Value::node_reference(NodeId{7});
  const List both{"Admin", "Person"};
  CHECK(call_vector("labels", {{kAda, city, kBob, city}}) ==
        List{both, List{"City"}, both, List{"City"}});
  CHECK(call_vector("type", {{kKnows, kKnows}}) == List{"KNOWS", "KNOWS"});
  // Rows without an element are left to the form for rows.
  CHECK(call_vector("labels", {{kAda, Value()}}).empty());
  CHECK_THROWS_AS(call_vector("labels", {{kAda, kGone}}), geode::Error);
}

TEST_CASE("elements are told apart by identity", "[function]") {
  CHECK(call("id", {kKnows}) == Value(5));
  CHECK(call("elementId", {kBob}) == Value("n:1"));
  CHECK(call("element_id", {kKnows}) == Value("e:5"));
  CHECK(call("same", {kAda, kAda}) == Value(true));
  CHECK(call("same", {kAda, kBob}) == Value(false));
  CHECK(call("all_different", {kAda, kBob, kKnows}) == Value(true));
  CHECK(call("all_different", {kAda, kBob, kAda}) == Value(false));
  CHECK(call("startNode", {kKnows}) == kAda);
  CHECK(call("endNode", {kKnows}).is_reference());
  CHECK(call("is_source_of", {kAda, kKnows}) == Value(true));
  CHECK(call("is_destination_of", {kAda, kKnows}) == Value(false));
  CHECK(failure("type", {kAda}) == "22G03");
}

TEST_CASE("a path is taken apart", "[function]") {
  const Value path = Path{{kAda, kBob}, {kKnows}};
  CHECK(call("length", {path}) == Value(1));
  CHECK(call("path_length", {path}) == Value(1));
  CHECK(call("nodes", {path}) == Value(List{kAda, kBob}));
  CHECK(call("relationships", {path}) == Value(List{kKnows}));
  CHECK(call("elements", {path}) == Value(List{kAda, kKnows, kBob}));
  CHECK(call("cardinality", {path}) == Value(3));
}

TEST_CASE("parameters tell a definite misuse before the statement runs", "[function]") {
  const auto fits = [](const char* function, ValueType type) {
    return FunctionRegistry::builtin().find_scalar(function)->parameters[0].may_be(type);
  };
  CHECK_FALSE(fits("size", ValueType::kPath));
  CHECK_FALSE(fits("length", ValueType::kNode));
  CHECK_FALSE(fits("type", ValueType::kNode));
  CHECK_FALSE(fits("labels", ValueType::kPath));
  CHECK_FALSE(fits("properties", ValueType::kInt64));
  CHECK_FALSE(fits("properties", ValueType::kList));
  CHECK(fits("length", ValueType::kPath));
  CHECK(fits("properties", ValueType::kRecord));
}

TEST_CASE("result types follow the arguments", "[function]") {
  const auto typer = [](const char* function, std::vector<Type> arguments) {
    return FunctionRegistry::builtin().find_scalar(function)->typer(arguments);
  };
  const Type integers = Type::list_of(Type::of(ValueType::kInt64));
  CHECK(typer("head", {integers}) == Type::nullable(ValueType::kInt64));
  CHECK(typer("tail", {integers}) == integers);
  CHECK(typer("coalesce", {Type::nullable(ValueType::kString), Type::of(ValueType::kInt64)}) ==
        Type::of(ValueType::kString, ValueType::kInt64));
  CHECK(typer("abs", {Type::of(ValueType::kFloat64)}) == Type::of(ValueType::kFloat64));
}
