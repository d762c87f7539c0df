#include <catch2/catch.hpp>

#include "calls.hpp"

using geode::Record;
using geode::Value;
using geode::ValueType;
using geode::gql::FunctionRegistry;
using geode::test::call;
using geode::test::failure;

namespace {

/// As toString() shows it.
std::string text(const Value& value) { return std::string(call("toString", {value}).as_string()); }

}  // namespace

TEST_CASE("constructors take a text, components or another temporal value", "[function]") {
  CHECK(text(call("date", {"2024-06-15"})) == "2024-06-15");
  CHECK(text(call("date", {Record{{"year", 1984}, {"month", 10}, {"day", 11}}})) == "1984-10-11");
  CHECK(text(call("localtime", {Record{{"hour", 12}, {"minute", 31}}})) == "12:31");
  const Value moment = call("localdatetime", {"2024-06-15T10:30:15"});
  CHECK(text(call("date", {moment})) == "2024-06-15");
  CHECK(text(call("localtime", {moment})) == "10:30:15");
  CHECK(text(call("duration", {"P1Y2M3DT4H"})) == "P1Y2M3DT4H");
  CHECK(call("date", {nullptr}).is_null());
  CHECK(failure("date", {"not a date"}) == "22007");
}

TEST_CASE("the clock is the statement's and shows the session's time zone", "[function]") {
  CHECK(text(call("date", {})) == "2023-11-14");
  CHECK(text(call("current_date", {})) == "2023-11-14");
  CHECK(text(call("localdatetime", {})) == "2023-11-14T23:13:20.123");
  CHECK(text(call("datetime", {})) == "2023-11-14T23:13:20.123+01:00");
  CHECK(call("now", {}) == call("datetime.statement", {}));
  CHECK(text(call("time.transaction", {"Z"})) == "22:13:20.123Z");
  CHECK(call("timestamp", {}) == Value(1'700'000'000'123));
  CHECK(call("datetime.realtime", {}).type() == ValueType::kZonedDateTime);
  const auto* date = FunctionRegistry::builtin().find_scalar("date");
  CHECK_FALSE(date->deterministic);
  CHECK(date->constant_in_statement);
  CHECK_FALSE(FunctionRegistry::builtin().find_scalar("date.realtime")->constant_in_statement);
}

TEST_CASE("temporal values are truncated and measured", "[function]") {
  const Value day = call("date", {"2024-07-20"});
  CHECK(text(call("date.truncate", {"month", day})) == "2024-07-01");
  CHECK(text(call("date.truncate", {"year", day, Record{{"day", 5}}})) == "2024-01-05");
  CHECK(text(call("date_trunc", {"month", day})) == "2024-07-01");
  const Value later = call("date", {"2024-09-22"});
  CHECK(text(call("duration.between", {day, later})) == "P2M2D");
  CHECK(call("duration_between", {day, later}) == call("duration.between", {day, later}));
  CHECK(text(call("duration.inDays", {day, later})) == "P64D");
  CHECK(text(call("datetime.fromepoch", {0, 5})) == "1970-01-01T00:00:00.000000005Z");
  CHECK(text(call("datetime.fromepochmillis", {1500})) == "1970-01-01T00:00:01.5Z");
}

TEST_CASE("components are read by functions of their names", "[function]") {
  const Value moment = call("localdatetime", {"2024-06-15T10:30:15.123456789"});
  CHECK(call("year", {moment}) == Value(2024));
  CHECK(call("month", {moment}) == Value(6));
  CHECK(call("day", {moment}) == Value(15));
  CHECK(call("hour", {moment}) == Value(10));
  CHECK(call("minute", {moment}) == Value(30));
  CHECK(call("second", {moment}) == Value(15));
  CHECK(call("nanosecond", {moment}) == Value(123456789));
  CHECK(call("hour", {call("duration", {"PT5H"})}) == Value(5));
  CHECK(failure("hour", {call("date", {"2024-06-15"})}) == "22G03");
}
