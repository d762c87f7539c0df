#include "value/temporal.hpp"

#include <random>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "value/calendar.hpp"
#include "value/time_zone.hpp"

using namespace geode;
using namespace geode::value;

namespace {

const Clock kClock{1'500'000'000, 0, "Z"};

template <class Operation>
std::string status_of(Operation operation) {
  try {
    operation();
  } catch (const Error& error) {
    return error.gqlstatus();
  }
  return "";
}

std::string date(const Record& fields) { return make_date(fields, kClock).to_string(); }

}  // namespace

TEST_CASE("days and calendar dates convert both ways", "[temporal]") {
  const std::uint32_t seed = 20260101;
  INFO("seed " << seed);
  std::mt19937_64 engine(seed);
  std::uniform_int_distribution<std::int64_t> any_day(days_from_civil({kMinYear, 1, 1}),
                                                      days_from_civil({kMaxYear, 12, 31}));
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t days = i < 10'000 ? any_day(engine) : i - 5'000;
    CAPTURE(days);
    const CivilDate civil = civil_from_days(days);
    REQUIRE(days_from_civil(civil) == days);
    REQUIRE((civil.day >= 1 && civil.day <= days_in_month(civil.year, civil.month)));
    REQUIRE(days_from_week_date(week_date_from_days(days)) == days);
    REQUIRE(day_of_year(days) <= days_in_year(civil.year));
  }
  CHECK(days_from_civil({1970, 1, 1}) == 0);
  CHECK(day_of_week(0) == 4);
  CHECK(weeks_in_year(2020) == 53);
  CHECK(weeks_in_year(2021) == 52);
}

TEST_CASE("every ISO form of a date is read", "[temporal]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"2015-07-21", "2015-07-21"},
      {"20150721", "2015-07-21"},
      {"2015-07", "2015-07-01"},
      {"201507", "2015-07-01"},
      {"2015-W30-2", "2015-07-21"},
      {"2015W302", "2015-07-21"},
      {"2015-W30", "2015-07-20"},
      {"2015W30", "2015-07-20"},
      {"2015-202", "2015-07-21"},
      {"2015202", "2015-07-21"},
      {"2015", "2015-01-01"},
      {"2015-Q2-60", "2015-05-30"},
      {"-0001-03-01", "-0001-03-01"},
      {"+999999999-12-31", "+999999999-12-31"},
  }));
  CHECK(format(parse_date(text)) == expected);
}

TEST_CASE("texts that are no date are refused", "[temporal]") {
  const auto text = GENERATE(as<std::string>(), "", "15-07-21", "2015-13-01", "2015-02-29",
                             "2015-W54", "2015-366", "2015-07-", "2015-7-1", "2015-07-21x",
                             "+1201507021", "2015-07-21T10:00");
  CAPTURE(text);
  CHECK(status_of([&] { parse_date(text); }) == status::kInvalidDatetime);
}

TEST_CASE("times and zones are read in all their forms", "[temporal]") {
  CHECK(format(parse_local_time("21:40:32.142")) == "21:40:32.142");
  CHECK(format(parse_local_time("214032")) == "21:40:32");
  CHECK(format(parse_local_time("2140")) == "21:40");
  CHECK(format(parse_local_time("21")) == "21:00");
  CHECK(format(parse_zoned_time("21:40:32.142+0100")) == "21:40:32.142+01:00");
  CHECK(format(parse_zoned_time("2140-02")) == "21:40-02:00");
  CHECK(format(parse_zoned_time("22+18:00")) == "22:00+18:00");
  CHECK(format(parse_zoned_time("12:00", "+02:00")) == "12:00+02:00");
  CHECK(format(parse_zoned_datetime("2015-W30-2T214032.142Z")) == "2015-07-21T21:40:32.142Z");
  CHECK(format(parse_zoned_datetime("2015T214032-0100")) == "2015-01-01T21:40:32-01:00");
  CHECK(format(parse_zoned_datetime("2015-07-21T21:40:32.142[Europe/London]")) ==
        "2015-07-21T21:40:32.142+01:00[Europe/London]");
  CHECK(format(parse_local_datetime("2015-07-21")) == "2015-07-21T00:00");
  CHECK(status_of([] { parse_local_time("24:00"); }) == status::kInvalidDatetime);
  CHECK(status_of([] { parse_zoned_time("12:00+19:00"); }) == status::kInvalidDatetime);
  CHECK(status_of([] { parse_zoned_datetime("2015-07-21T21:40[Nowhere/City]"); }) ==
        status::kInvalidDatetime);
}

TEST_CASE("random temporal values survive formatting and parsing", "[temporal]") {
  const std::uint32_t seed = 7;
  INFO("seed " << seed);
  std::mt19937_64 engine(seed);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine);
  };
  for (int i = 0; i < 3'000; ++i) {
    const auto nanoseconds = static_cast<std::int32_t>(pick(0, 3) == 0 ? 0 : pick(0, 999'999'999));
    const LocalDateTime local{pick(-100'000'000'000, 300'000'000'000), nanoseconds};
    REQUIRE(parse_local_datetime(format(local)) == local);
    const ZonedDateTime zoned{
        local.seconds, nanoseconds, static_cast<std::int32_t>(pick(-1080, 1080) * 60), {}};
    REQUIRE(parse_zoned_datetime(format(zoned)) == zoned);
    const ZonedDateTime named = in_zone(zoned, {"America/New_York", 0});
    REQUIRE(parse_zoned_datetime(format(named)) == named);
    const Duration duration{pick(-500, 500), pick(-500, 500), pick(-100'000, 100'000), nanoseconds};
    CAPTURE(format(duration));
    REQUIRE(parse_duration(format(duration)) == duration);
  }
}

TEST_CASE("durations are read with fractions, weeks and the date form", "[temporal]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"P14DT16H12M", "P14DT16H12M"},
      {"P5M1.5D", "P5M1DT12H"},
      {"P0.75M", "P22DT19H51M49.5S"},
      {"PT0.75M", "PT45S"},
      {"P2.5W", "P17DT12H"},
      {"P12Y5M14DT16H12M70S", "P12Y5M14DT16H13M10S"},
      {"P2012-02-02T14:37:21.545", "P2012Y2M2DT14H37M21.545S"},
      {"-P1DT1.5S", "P-1DT-1.5S"},
      {"PT-0.4S", "PT-0.4S"},
      {"P0D", "PT0S"},
  }));
  CHECK(format(parse_duration(text)) == expected);
  for (const char* bad : {"", "P", "PT", "1D", "P1DT", "P1D2M", "P1X", "P1D1D"}) {
    CAPTURE(bad);
    CHECK(status_of([&] { parse_duration(bad); }) == status::kInvalidDatetime);
  }
}

TEST_CASE("dates are built from components", "[temporal]") {
  CHECK(date({{"year", 1984}}) == "1984-01-01");
  CHECK(date({{"year", 1984}, {"week", 10}, {"dayOfWeek", 3}}) == "1984-03-07");
  CHECK(date({{"year", 1984}, {"ordinalDay", 202}}) == "1984-07-20");
  CHECK(date({{"year", 1984}, {"quarter", 3}, {"dayOfQuarter", 45}}) == "1984-08-14");
  const Value base = parse_date("1984-11-11");
  CHECK(date({{"date", base}, {"quarter", 3}}) == "1984-08-11");
  CHECK(date({{"date", base}, {"day", 28}}) == "1984-11-28");
  CHECK(date({{"date", Value(parse_date("1816-12-31"))}, {"week", 2}}) == "1817-01-07");
  CHECK(date({{"date", Value(parse_date("2024-01-31"))}, {"month", 2}}) == "2024-02-29");
}

TEST_CASE("components that contradict each other, the calendar or nothing at all are refused",
          "[temporal]") {
  const auto status = [](Record fields) { return status_of([&] { make_date(fields, kClock); }); };
  CHECK(status({{"month", 2}}) == status::kInvalidDatetime);
  CHECK(status({{"year", 2023}, {"month", 2}, {"day", 29}}) == status::kInvalidDatetime);
  CHECK(status({{"year", 2023}, {"day", 2}}) == status::kInvalidDatetime);
  CHECK(status({{"year", 2023}, {"week", 2}, {"month", 3}}) == status::kInvalidDatetime);
  CHECK(status({{"year", 2023}, {"hour", 2}}) == status::kInvalidDatetime);
  CHECK(status({{"year", "x"}}) == status::kInvalidValueType);
  CHECK(status({}) == status::kInvalidDatetime);
  CHECK(status_of([] { make_date(5, kClock); }) == status::kInvalidValueType);
}

TEST_CASE("a time that knows its zone is converted, one that does not is labelled", "[temporal]") {
  const Value zoned = parse_zoned_time("12:31:14+01:00");
  const Value local = parse_local_time("12:31:14");
  CHECK(make_time(Record{{"time", zoned}, {"timezone", "+05:00"}}, kClock).to_string() ==
        "16:31:14+05:00");
  CHECK(make_time(Record{{"time", local}, {"timezone", "+05:00"}}, kClock).to_string() ==
        "12:31:14+05:00");
  CHECK(make_datetime(Record{{"datetime", Value(parse_zoned_datetime("1984-10-11T12:00+01:00"))},
                             {"second", 42},
                             {"timezone", "Pacific/Honolulu"}},
                      kClock)
            .to_string() == "1984-10-11T01:00:42-10:00[Pacific/Honolulu]");
  CHECK(make_datetime(Record{{"epochMillis", 1'500}}, kClock).to_string() ==
        "1970-01-01T00:00:01.5Z");
}

TEST_CASE("the clock gives the time of its own zone or of the one asked for", "[temporal]") {
  CHECK(current_temporal(ValueType::kDate, kClock).to_string() == "2017-07-14");
  CHECK(current_temporal(ValueType::kZonedDateTime, kClock, "Europe/London").to_string() ==
        "2017-07-14T03:40+01:00[Europe/London]");
  CHECK(make_local_time(Record{{"timezone", "+02:00"}}, kClock).to_string() == "04:40");
}

TEST_CASE("zones skip and repeat hours", "[temporal]") {
  const TimeZone london = parse_time_zone("europe/london");
  CHECK(london.name == "Europe/London");
  // 01:30 on 2017-03-26 does not exist; 01:30 on 2017-10-29 comes twice.
  CHECK(format(at_zone(parse_local_datetime("2017-03-26T01:30"), london)) ==
        "2017-03-26T02:30+01:00[Europe/London]");
  CHECK(format(at_zone(parse_local_datetime("2017-10-29T01:30"), london)) ==
        "2017-10-29T01:30+01:00[Europe/London]");
  CHECK(format(parse_zoned_datetime("2017-10-29T01:30Z[Europe/London]")) ==
        "2017-10-29T01:30Z[Europe/London]");
  // Rules go on after the last year of the database.
  CHECK(format(at_zone(parse_local_datetime("2150-07-01T12:00"), london)) ==
        "2150-07-01T12:00+01:00[Europe/London]");
  CHECK(format(at_zone(parse_local_datetime("2150-01-01T12:00"), london)) ==
        "2150-01-01T12:00Z[Europe/London]");
}

TEST_CASE("truncation cuts to the unit and then sets fields", "[temporal]") {
  const Value time = parse_zoned_datetime("2017-11-11T12:31:14.645876123+01:00");
  const auto cut = [&](ValueType kind, std::string_view unit, Record fields = {}) {
    return truncate(kind, unit, time, fields, kClock).to_string();
  };
  CHECK(cut(ValueType::kDate, "millennium", {{"day", 2}}) == "2000-01-02");
  CHECK(cut(ValueType::kDate, "weekYear") == "2017-01-02");
  CHECK(cut(ValueType::kDate, "week", {{"dayOfWeek", 2}}) == "2017-11-07");
  CHECK(cut(ValueType::kZonedDateTime, "quarter") == "2017-10-01T00:00+01:00");
  CHECK(cut(ValueType::kLocalTime, "millisecond", {{"nanosecond", 2}}) == "12:31:14.645000002");
  CHECK(cut(ValueType::kZonedTime, "hour", {{"timezone", "+05:00"}}) == "12:00+05:00");
  CHECK(status_of([&] { cut(ValueType::kDate, "hour"); }) == status::kInvalidArgument);
  CHECK(status_of([&] { cut(ValueType::kLocalTime, "month"); }) == status::kInvalidArgument);
  CHECK(status_of([&] { cut(ValueType::kDate, "fortnight"); }) == status::kInvalidArgument);
}

TEST_CASE("the distance between two times has months, days and seconds", "[temporal]") {
  const auto between = [](DurationKind kind, const Value& a, const Value& b) {
    return duration_between(kind, a, b).to_string();
  };
  const Value a = parse_local_datetime("2018-01-02T10:00:00.1"),
              b = parse_local_datetime("2018-01-01T10:00:00.2");
  CHECK(between(DurationKind::kBetween, a, b) == "PT-23H-59M-59.9S");
  CHECK(between(DurationKind::kBetween, Value(parse_date("-999999999-01-01")),
                Value(parse_date("+999999999-12-31"))) == "P1999999998Y11M30D");
  CHECK(between(DurationKind::kInSeconds, Value(parse_local_datetime("-999999999-01-01")),
                Value(parse_local_datetime("+999999999-12-31T23:59:59"))) ==
        "PT17531639991215H59M59S");
  CHECK(between(DurationKind::kInMonths, Value(parse_date("2024-01-31")),
                Value(parse_date("2024-02-29"))) == "PT0S");
  CHECK(duration_between(DurationKind::kInDays, nullptr, a).is_null());
}

TEST_CASE("components are read by name", "[temporal]") {
  const Value day = parse_date("1984-01-01");
  CHECK(component(day, "weekYear")->as_int64() == 1983);
  CHECK(component(day, "week")->as_int64() == 52);
  CHECK(component(day, "dayOfWeek")->as_int64() == 7);
  CHECK_FALSE(component(day, "hour").has_value());
  CHECK_FALSE(component(Value(5), "year").has_value());
  const Value time = parse_zoned_datetime("1984-11-11T12:31:14.645876123[Europe/Stockholm]");
  CHECK(component(time, "timezone")->as_string() == "Europe/Stockholm");
  CHECK(component(time, "offset")->as_string() == "+01:00");
  CHECK(component(time, "epochMillis")->as_int64() == 469020674645);
  const Value length = parse_duration("P1Y4M10DT1H1M1.111111111S");
  CHECK(component(length, "quarters")->as_int64() == 5);
  CHECK(component(length, "monthsOfYear")->as_int64() == 4);
  CHECK(component(length, "nanoseconds")->as_int64() == 3661111111111);
  CHECK(has_component(ValueType::kDuration, "daysOfWeek"));
  CHECK_FALSE(has_component(ValueType::kDate, "seconds"));
}
