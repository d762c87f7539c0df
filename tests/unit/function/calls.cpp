#include "calls.hpp"

#include <algorithm>
#include <memory>

#include <catch2/catch.hpp>
#include "gql/function/statement_clock.hpp"

namespace geode::test {

namespace {

/// States of one aggregate for some groups.
class States {
 public:
  States(const gql::AggregateFunction& function, std::size_t groups)
      : function_(function), bytes_(groups * function.state_size / 8 + 1) {
    for (std::size_t i = 0; i < groups; ++i) function.init(at(i));
    groups_ = groups;
  }
  ~States() {
    if (function_.destroy == nullptr) return;
    for (std::size_t i = 0; i < groups_; ++i) function_.destroy(at(i));
  }
  States(const States&) = delete;

  std::byte* at(std::size_t group) {
    return reinterpret_cast<std::byte*>(bytes_.data()) + group * function_.state_size;
  }

 private:
  const gql::AggregateFunction& function_;
  std::vector<std::uint64_t> bytes_;
  std::size_t groups_ = 0;
};

const gql::AggregateFunction& find_aggregate(std::string_view name) {
  const gql::AggregateFunction* function = gql::FunctionRegistry::builtin().find_aggregate(name);
  REQUIRE(function != nullptr);
  return *function;
}

const gql::ScalarFunction& find_scalar(std::string_view name) {
  const gql::ScalarFunction* function = gql::FunctionRegistry::builtin().find_scalar(name);
  INFO("function " << name);
  REQUIRE(function != nullptr);
  return *function;
}

std::vector<std::uint32_t> first_rows(std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  for (std::uint32_t i = 0; i < count; ++i) rows[i] = i;
  return rows;
}

std::vector<value::Vector> make_columns(const std::vector<List>& columns) {
  std::vector<value::Vector> vectors(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) vectors[i].assign(columns[i]);
  return vectors;
}

std::vector<const value::Vector*> pointers(const std::vector<value::Vector>& vectors) {
  std::vector<const value::Vector*> all;
  for (const value::Vector& vector : vectors) all.push_back(&vector);
  return all;
}

}  // namespace

gql::FunctionContext context() {
  static const SmallGraph graph;
  static const gql::StatementClock clock({1'700'000'000, 123'000'000});  // 2023-11-14T22:13:20Z
  gql::FunctionContext context;
  context.graph = &graph;
  context.clock = &clock;
  context.time_zone = "+01:00";
  context.position = Position{4, 1, 5, 3};
  return context;
}

Value call(std::string_view name, const std::vector<Value>& arguments) {
  const gql::ScalarFunction& function = find_scalar(name);
  REQUIRE(arguments.size() >= function.minimum_arguments);
  REQUIRE(arguments.size() <= function.maximum_arguments);
  const auto is_null = [](const Value& value) { return value.is_null(); };
  if (function.null_in_null_out && std::any_of(arguments.begin(), arguments.end(), is_null)) {
    return {};
  }
  return function.evaluate(arguments, context());
}

std::string failure(std::string_view name, const std::vector<Value>& arguments) {
  try {
    call(name, arguments);
  } catch (const Error& error) {
    return error.gqlstatus();
  }
  return "";
}

List call_vector(std::string_view name, const std::vector<List>& columns) {
  const gql::ScalarFunction& function = find_scalar(name);
  REQUIRE(function.vectorized != nullptr);
  const std::vector<value::Vector> vectors = make_columns(columns);
  const std::vector<std::uint32_t> rows = first_rows(columns[0].size());
  value::Vector out;
  if (!function.vectorized(pointers(vectors), rows, out, context())) return {};
  List results;
  for (const std::uint32_t row : rows) results.push_back(out.get(row));
  return results;
}

Value aggregate(std::string_view name, const List& values) {
  const gql::AggregateFunction& function = find_aggregate(name);
  States states(function, 1);
  const std::vector<value::Vector> vectors = make_columns({values});
  function.update(pointers(vectors), first_rows(values.size()), nullptr, nullptr, states.at(0),
                  function.state_size);
  return function.finish(states.at(0));
}

Value aggregate_columns(std::string_view name, const std::vector<List>& columns,
                        const std::vector<std::uint64_t>& multiplicity) {
  const gql::AggregateFunction& function = find_aggregate(name);
  States whole(function, 1);
  const std::size_t count = columns.empty() ? multiplicity.size() : columns[0].size();
  const std::vector<value::Vector> vectors = make_columns(columns);
  const std::vector<std::uint32_t> rows = first_rows(count);
  for (std::size_t begin = 0; begin < count; begin += 2) {
    States part(function, 1);
    const std::size_t size = std::min<std::size_t>(2, count - begin);
    function.update(pointers(vectors), std::span(rows).subspan(begin, size), nullptr,
                    multiplicity.empty() ? nullptr : multiplicity.data() + begin, part.at(0),
                    function.state_size);
    function.combine(whole.at(0), part.at(0));
  }
  return function.finish(whole.at(0));
}

List aggregate_groups(std::string_view name, const List& values,
                      const std::vector<std::uint32_t>& groups, std::uint32_t group_count) {
  const gql::AggregateFunction& function = find_aggregate(name);
  States states(function, group_count);
  const std::vector<value::Vector> vectors = make_columns({values});
  function.update(pointers(vectors), first_rows(values.size()), groups.data(), nullptr,
                  states.at(0), function.state_size);
  List results;
  for (std::uint32_t group = 0; group < group_count; ++group) {
    results.push_back(function.finish(states.at(group)));
  }
  return results;
}

}  // namespace geode::test
