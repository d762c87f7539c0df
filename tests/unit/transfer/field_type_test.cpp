#include "transfer/field_type.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/error.hpp>

using namespace geode;
using namespace geode::transfer;

namespace {

std::string guess(const std::vector<std::string>& texts) {
  TypeGuess out;
  for (const std::string& text : texts) out.observe(text);
  return std::string(field_type_name(out.type()));
}

}  // namespace

TEST_CASE("the type of a column is the narrowest that all its texts have", "[transfer]") {
  CHECK(guess({"1", "-5", "0", "9223372036854775807"}) == "INTEGER");
  CHECK(guess({"1", "2.5", "1e3", "-.5"}) == "FLOAT");
  CHECK(guess({"true", "False", "TRUE"}) == "BOOLEAN");
  CHECK(guess({"2024-02-29", "1970-01-01"}) == "DATE");
  CHECK(guess({"12:30:15", "00:00:00.5"}) == "LOCAL TIME");
  CHECK(guess({"2024-01-02T03:04:05", "2024-01-02 03:04"}) == "LOCAL DATETIME");
  CHECK(guess({"2024-01-02T03:04:05Z", "2024-01-02 03:04:05+02:00"}) == "ZONED DATETIME");
  CHECK(guess({"abc"}) == "STRING");
  CHECK(guess({}) == "STRING");
  CHECK(guess({"1", "x"}) == "STRING");
  CHECK(guess({"1", "true"}) == "STRING");
  CHECK(guess({"2024-01-02", "2024-01-02T03:04:05"}) == "STRING");
}

TEST_CASE("a text that would not be written back the same way stays a string", "[transfer]") {
  for (const char* text : {"007",        "00",         "-0",       "+1",
                           " 1",         "1 ",         "01.5",     "1.",
                           ".",          "-",          "",         "1e",
                           "nan",        "inf",        "0x10",     "9223372036854775808",
                           "2023-02-29", "2024-13-01", "2024-1-2", "25:00:00",
                           "12:30"}) {
    INFO(text);
    CHECK(guess({text}) == "STRING");
  }
}

TEST_CASE("texts are converted to the type that is asked for", "[transfer]") {
  CHECK(convert_text(FieldType::kInteger, "007") == Value(7));
  CHECK(convert_text(FieldType::kInteger, "+7") == Value(7));
  CHECK_FALSE(convert_text(FieldType::kInteger, "4o").has_value());
  CHECK_FALSE(convert_text(FieldType::kInteger, "99999999999999999999").has_value());
  CHECK(convert_text(FieldType::kFloat, "7") == Value(7.0));
  CHECK(convert_text(FieldType::kDate, "2024-02-29") == Value(Date{19782}));
  CHECK_FALSE(convert_text(FieldType::kDate, "2023-02-29").has_value());
  CHECK(convert_text(FieldType::kDuration, "P1M") == Value(Duration{1, 0, 0, 0}));
  CHECK(convert_text(FieldType::kDecimal, "-1.50") == Value(Decimal(-150, 2)));
  CHECK_FALSE(convert_text(FieldType::kDecimal, "1,5").has_value());
  CHECK(convert_text(FieldType::kString, "7") == Value("7"));
  CHECK(field_type_from_name("local_datetime") == FieldType::kLocalDateTime);
  CHECK_THROWS_AS(field_type_from_name("NUMBER(5)"), Error);
}
