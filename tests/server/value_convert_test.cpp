#include <array>
#include <cmath>
#include <limits>
#include <string>

#include <catch2/catch.hpp>

#include "geode.pb.h"
#include "protocol/convert.hpp"
#include "protocol/framing.hpp"
#include "random_values.hpp"

namespace geode {
namespace {

/// What the other side gets of a value: over bytes, not over the message alone.
Value sent(const Value& value) {
  wire::v1::Value message, received;
  protocol::write_value(value, message);
  const std::string frame = protocol::make_frame(message, protocol::kDefaultMaxFrame);
  protocol::parse_frame(std::string_view(frame).substr(4), received);
  return protocol::read_value(received);
}

/// operator== sees 1 and 1.0 as the same and elements by their ids; the types and texts tell more.
void check_same(const Value& value) {
  const Value back = sent(value);
  REQUIRE(back.type() == value.type());
  REQUIRE(back.to_string() == value.to_string());
  REQUIRE(back == value);
}

std::string code_of(const wire::v1::Value& message) {
  try {
    protocol::read_value(message);
  } catch (const Error& error) {
    return error.gqlstatus();
  }
  return "";
}

Value nested_lists(int depth) {
  Value value(1);
  for (int i = 0; i < depth; ++i) value = Value(List{value});
  return value;
}

TEST_CASE("values of every type come over as they are") {
  std::mt19937_64 random(20241);
  std::array<int, 32> seen{};
  for (int i = 0; i < 5000; ++i) {
    const Value value = test::random_value(random, 4);
    ++seen[static_cast<std::size_t>(value.type())];
    check_same(value);
  }
  for (std::size_t type = 0; type <= static_cast<std::size_t>(ValueType::kGraph); ++type)
    CHECK(seen[type] > 0);
}

TEST_CASE("what equality passes over comes over, too") {
  check_same(Value(*Decimal::parse("12.500")));
  check_same(Value(*Decimal::parse("-170141183460469231731687303715884105728")));
  check_same(Value(-0.0));
  CHECK(std::signbit(sent(Value(-0.0)).as_float64()));
  CHECK(std::isnan(sent(Value(std::nan(""))).as_float64()));
  check_same(Value(std::numeric_limits<double>::infinity()));
  check_same(Value(Node{NodeId{1}, {"A", "B"}, {{"x", Value(List{Value(), Value(1.5)})}}}));
  Edge edge{EdgeId{9}, NodeId{1}, NodeId{2}, "KNOWS", {{"since", Value(2020)}}, true, false};
  CHECK_FALSE(sent(Value(edge)).as_edge().directed);
  check_same(Value(edge));
}

TEST_CASE("a value nested deeper than allowed is refused by both sides") {
  check_same(nested_lists(protocol::kValueDepth));
  wire::v1::Value message;
  CHECK_THROWS_AS(protocol::write_value(nested_lists(protocol::kValueDepth + 1), message), Error);

  // The deepest shape: a record's field is a message of its own.
  Value records(1);
  for (int i = 0; i < protocol::kValueDepth; ++i) records = Value(Record{{"f", records}});
  check_same(records);

  wire::v1::Value deep;
  wire::v1::Value* inner = &deep;
  for (int i = 0; i < 101; ++i) inner = inner->mutable_list()->add_values();
  CHECK(code_of(deep) == "54X01");
}

TEST_CASE("parts that no value has are refused") {
  wire::v1::Value value;
  value.mutable_decimal()->set_magnitude(std::string(33, '\1'));
  CHECK(code_of(value) == "08X05");
  value.mutable_decimal()->set_magnitude("");
  value.mutable_decimal()->set_scale(77);
  CHECK(code_of(value) == "08X05");
  value.set_date(365'241'780'472);
  CHECK(code_of(value) == "08X05");
  value.mutable_local_datetime()->set_seconds(std::numeric_limits<std::int64_t>::min());
  CHECK(code_of(value) == "08X05");
  value.set_local_time(86'400'000'000'000);
  CHECK(code_of(value) == "08X05");
  value.mutable_duration()->set_nanoseconds(1'000'000'000);
  CHECK(code_of(value) == "08X05");
  value.mutable_zoned_time()->set_offset_seconds(90'000);
  CHECK(code_of(value) == "08X05");
  value.mutable_record()->add_fields()->set_name("a");
  CHECK(code_of(value).empty());
  value.mutable_record()->add_fields()->set_name("a");
  CHECK(code_of(value) == "08X05");
  value.mutable_path()->add_edges();
  CHECK(code_of(value) == "08X05");
}

TEST_CASE("errors and summaries come over with all they say") {
  Error error = Error("42001", "expected ')'", Position{9, 1, 10, 6})
                    .hint("close it")
                    .category("SyntaxError", "InvalidSyntax")
                    .phase(Phase::kCompile);
  error.set_diagnostics({"MATCH", 0, "/sales"});
  wire::v1::Status status;
  protocol::write_error(error, status);
  CHECK_FALSE(protocol::is_success(status));
  const Error back = protocol::read_error(status);
  CHECK(back.gqlstatus() == "42001");
  CHECK(back.message() == "expected ')'");
  CHECK(back.position().offset == 9);
  CHECK(back.position().column == 10);
  CHECK(back.position().length == 6);
  CHECK(back.hint_text() == "close it");
  CHECK(back.type() == "SyntaxError");
  CHECK(back.detail() == "InvalidSyntax");
  CHECK(back.when() == Phase::kCompile);
  CHECK(back.diagnostics().operation == "MATCH");
  CHECK(back.diagnostics().current_schema == "/sales");

  Summary summary;
  summary.gqlstatus = "00001";
  summary.counters.nodes_created = 3;
  summary.counters.constraints_removed = 4;
  summary.notices.push_back({"01X01", "no label", Position{1, 1, 2, 3}});
  summary.elapsed = std::chrono::nanoseconds(17);
  wire::v1::Status success;
  protocol::write_summary(summary, success);
  CHECK(protocol::is_success(success));
  const Summary read = protocol::read_summary(success);
  CHECK(read.gqlstatus == "00001");
  CHECK(read.counters.nodes_created == 3);
  CHECK(read.counters.constraints_removed == 4);
  REQUIRE(read.notices.size() == 1);
  CHECK(read.notices[0].message == "no label");
  CHECK(read.notices[0].position.column == 2);
  CHECK(read.elapsed.count() == 17);
}

}  // namespace
}  // namespace geode
