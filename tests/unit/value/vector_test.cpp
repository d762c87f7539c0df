#include "value/vector.hpp"

#include <array>

#include <catch2/catch.hpp>

#include "random_values.hpp"
#include "value/compare.hpp"
#include "value/hash.hpp"

using namespace geode;
using namespace geode::value;

namespace {

List rows_of(const Vector& vector, std::uint32_t rows) {
  List values;
  for (std::uint32_t row = 0; row < rows; ++row) values.push_back(vector.get(row));
  return values;
}

Vector vector_of(const List& values) {
  Vector vector;
  vector.assign(values);
  return vector;
}

}  // namespace

TEST_CASE("assign picks the type that fits and keeps nulls", "[vector]") {
  CHECK(vector_of({1, nullptr, 3}).physical() == Physical::kInt64);
  CHECK(vector_of({1.5, nullptr}).physical() == Physical::kFloat64);
  CHECK(vector_of({"a", "b"}).physical() == Physical::kString);
  CHECK(vector_of({true}).physical() == Physical::kBool);
  CHECK(vector_of({Value::node_reference(NodeId{4})}).physical() == Physical::kNode);
  CHECK(vector_of({1, 1.5}).physical() == Physical::kAny);
  CHECK(vector_of({nullptr, nullptr}).physical() == Physical::kAny);
  CHECK(vector_of({Value(Node{NodeId{1}, {"A"}, {}})}).physical() == Physical::kAny);
  const Vector vector = vector_of({1, nullptr, 3});
  CHECK(vector.is_null(1));
  CHECK_FALSE(vector.is_null(2));
  CHECK(vector.at<std::int64_t>(2) == 3);
}

TEST_CASE("edges keep their ends", "[vector]") {
  const Vector vector = vector_of({Edge{make_edge_id(3, 9), NodeId{1}, NodeId{2}, "", {}, false}});
  REQUIRE(vector.physical() == Physical::kEdge);
  const Value edge = vector.get(0);
  CHECK(edge.as_edge().id == make_edge_id(3, 9));
  CHECK(edge.as_edge().source == NodeId{1});
  CHECK(edge.as_edge().target == NodeId{2});
  CHECK_FALSE(edge.as_edge().resolved);
}

TEST_CASE("a reset vector uses its memory again unless somebody shares it", "[vector]") {
  Vector vector;
  vector.reset(Physical::kInt64);
  const auto* first = vector.data<std::int64_t>();
  vector.set(0, nullptr, 0);
  vector.reset(Physical::kInt64);
  CHECK(vector.data<std::int64_t>() == first);
  CHECK_FALSE(vector.may_have_nulls());
  vector.set(0, 7, 0);
  const Vector copy = vector;
  vector.reset(Physical::kInt64);
  vector.set(0, 8, 0);
  CHECK(copy.get(0).as_int64() == 7);
  CHECK(vector.get(0).as_int64() == 8);
}

TEST_CASE("a constant stands for every row", "[vector]") {
  Vector vector;
  vector.set_constant("long enough to need memory of its own");
  CHECK(vector.is_constant());
  CHECK(vector.get(0) == vector.get(2000));
  CHECK(vector.get(5).as_string() == "long enough to need memory of its own");
  vector.set_constant(nullptr);
  CHECK(vector.is_null(100));
  vector.set_constant(vector.get(0));
  CHECK(vector.get(1).is_null());
}

TEST_CASE("dictionaries compose", "[vector]") {
  const Vector base = vector_of({10, 20, nullptr, 40});
  Vector once;
  once.set_dictionary(base, std::array<std::uint32_t, 3>{3, 2, 0});
  CHECK(rows_of(once, 3) == List{40, nullptr, 10});
  Vector twice;
  twice.set_dictionary(once, std::array<std::uint32_t, 4>{2, 2, 1, 0});
  CHECK(rows_of(twice, 4) == List{10, 10, nullptr, 40});
  once.set_dictionary(once, std::array<std::uint32_t, 1>{1});
  CHECK(once.is_null(0));
  CHECK(rows_of(twice, 4) == List{10, 10, nullptr, 40});
  Vector constant;
  constant.set_constant(5);
  twice.set_dictionary(constant, std::array<std::uint32_t, 2>{0, 0});
  CHECK(twice.get(1).as_int64() == 5);
}

TEST_CASE("a value that does not fit widens the vector", "[vector]") {
  Vector vector;
  vector.reset(Physical::kInt64);
  vector.set(0, 1, 0);
  vector.set(1, nullptr, 1);
  vector.set(2, "x", 2);
  CHECK(vector.physical() == Physical::kAny);
  vector.set(3, 2.5, 3);
  CHECK(rows_of(vector, 4) == List{1, nullptr, "x", 2.5});
  vector.set(1, 9, 4);
  CHECK(vector.get(1).as_int64() == 9);
}

TEST_CASE("owned rows outlive the vector they came from", "[vector]") {
  Vector kept;
  {
    Vector source = vector_of({"first string", nullptr, "third string"});
    Vector chosen;
    chosen.set_dictionary(source, std::array<std::uint32_t, 2>{2, 1});
    kept = chosen;
    kept.own(2);
    source.reset(Physical::kString);
    source.set(0, "overwritten!", 0);
  }
  CHECK(kept.is_flat());
  CHECK(rows_of(kept, 2) == List{"third string", nullptr});
}

TEST_CASE("borrowed strings keep their arena alive", "[vector]") {
  Vector target;
  target.reset(Physical::kString);
  {
    Vector source = vector_of({"kept by its arena, not by its vector"});
    target.copy_entry(0, source, 0, false);
    source.reset(Physical::kString);
    source.set(0, "written somewhere else, not over it", 0);
  }
  CHECK(target.get(0).as_string() == "kept by its arena, not by its vector");
}

TEST_CASE("copying rows one by one reproduces any column, with the hashes of its values",
          "[vector]") {
  const auto seed = GENERATE(range(1u, 9u));
  INFO("seed " << seed);
  test::RandomValues random(seed);
  List values;
  for (int i = 0; i < 60; ++i) {
    const Value next = random.next();
    // Half of the seeds give typed columns.
    if (seed % 2 == 0 || next.is_null() || next.type() == ValueType::kFloat64)
      values.push_back(next);
  }
  const Vector source = vector_of(values);
  Vector target;
  target.reset(Physical::kBool);
  for (std::uint32_t row = 0; row < values.size(); ++row) target.copy_entry(row, source, row, true);
  CHECK(rows_of(target, static_cast<std::uint32_t>(values.size())) == values);
  std::vector<std::uint64_t> hashes(values.size(), 17);
  combine_hashes(source, hashes);
  for (std::uint32_t row = 0; row < values.size(); ++row) {
    CHECK(hash_row(source, row) == hash(values[row]));
    CHECK(hashes[row] == combine_hash(17, hash(values[row])));
    CHECK(same_rows(source, row, target, row));
  }
}
