#include <cmath>
#include <cstdint>
#include <limits>

#include <catch2/catch.hpp>

#include "calls.hpp"
#include "gql/function/string_regex.hpp"

using geode::EdgeId;
using geode::Error;
using geode::List;
using geode::NodeId;
using geode::Record;
using geode::Value;
using geode::ValueType;
using geode::gql::FunctionRegistry;
using geode::test::call;
using geode::test::call_vector;
using geode::test::failure;

namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kGreatest = std::numeric_limits<std::int64_t>::max();

/// Equal and of one type, which == of values does not ask for.
bool identical(const Value& a, const Value& b) { return a.type() == b.type() && a == b; }

}  // namespace

TEST_CASE("functions are found in any case and a wrong name has a nearest one", "[function]") {
  const FunctionRegistry& registry = FunctionRegistry::builtin();
  CHECK(registry.find_scalar("TOINTEGER")->name == "toInteger");
  CHECK(registry.find_scalar("Duration.InMonths")->name == "duration.inMonths");
  CHECK(registry.find_aggregate("PERCENTILE_CONT")->name == "percentile_cont");
  CHECK(registry.find_scalar("frobnicate") == nullptr);
  CHECK(registry.nearest("toIntegr") == "toInteger");
  CHECK(registry.nearest("colect") == "collect");
  CHECK(registry.nearest("frobnicate").empty());
}

TEST_CASE("every function describes itself", "[function]") {
  for (const auto* function : FunctionRegistry::builtin().scalars()) {
    INFO(function->name);
    CHECK(function->evaluate != nullptr);
    CHECK(function->signature.find(function->name + "(") == 0);
    CHECK_FALSE(function->description.empty());
    CHECK((function->maximum_arguments == 0) == function->parameters.empty());
  }
  for (const auto* function : FunctionRegistry::builtin().aggregates()) {
    INFO(function->name);
    CHECK(function->state_size % 8 == 0);
    CHECK(function->signature.find(function->name + "(") == 0);
    CHECK_FALSE(function->description.empty());
  }
}

TEST_CASE("a wrong argument is refused with its place and type", "[function]") {
  try {
    call("left", {1, 2});
    FAIL("left() took an integer");
  } catch (const Error& error) {
    CHECK(error.gqlstatus() == "22G03");
    CHECK(error.message() == "left() expects a string as its first argument, got INT64");
    CHECK(error.type() == "TypeError");
    CHECK(error.detail() == "InvalidArgumentType");
    CHECK(error.position().column == 5);
  }
  CHECK_THROWS_WITH(call("sin", {"x"}),
                    Catch::Contains("sin() expects a number as its argument, got STRING"));
}

TEST_CASE("absolute values keep their type and do not overflow silently", "[function]") {
  CHECK(identical(call("abs", {-1}), 1));
  CHECK(identical(call("abs", {-1.5}), 1.5));
  CHECK(failure("abs", {kLeast}) == "22003");
  CHECK(call_vector("abs", {{-1, nullptr, 3}}) == List{1, nullptr, 3});
  CHECK(call_vector("abs", {{-1.5, 0.0}}) == List{1.5, 0.0});
}

TEST_CASE("rounding goes away from zero unless told otherwise", "[function]") {
  CHECK(identical(call("round", {2.5}), 3.0));
  CHECK(identical(call("round", {-2.5}), -3.0));
  CHECK(identical(call("round", {7}), 7));
  CHECK(identical(call("floor", {-2.1}), -3.0));
  CHECK(identical(call("ceiling", {-2.1}), -2.0));
  CHECK(call("round", {1.005, 2}) == Value(1.01));
  CHECK(call("round", {9.999, 2}) == Value(10.0));
  CHECK(call("round", {0.004, 2}) == Value(0.0));
  CHECK(call("round", {0.006, 2}) == Value(0.01));
  CHECK(call("round", {1234.5, -2}) == Value(1200.0));
  CHECK(identical(call("round", {1250, -2}), 1300));
  CHECK(failure("round", {kGreatest, -1}) == "22003");
  CHECK(call("round", {1.25, 1, "HALF_EVEN"}) == Value(1.2));
  CHECK(call("round", {1.35, 1, "half_even"}) == Value(1.4));
  CHECK(call("round", {1.25, 1, "HALF_DOWN"}) == Value(1.2));
  CHECK(call("round", {1.21, 1, "UP"}) == Value(1.3));
  CHECK(call("round", {-1.29, 1, "DOWN"}) == Value(-1.2));
  CHECK(call("round", {-1.21, 1, "CEILING"}) == Value(-1.2));
  CHECK(call("round", {-1.21, 1, "FLOOR"}) == Value(-1.3));
  CHECK(call("round", {0.0001, 1, "UP"}) == Value(0.1));
  CHECK(failure("round", {1.5, 0, "SIDEWAYS"}) == "22023");
}

TEST_CASE("powers and logarithms are floats", "[function]") {
  CHECK(identical(call("power", {2, 10}), 1024.0));
  CHECK(call("log", {10, 1000}) == Value(3.0));
  CHECK(call("log", {2, 8}) == Value(3.0));
  CHECK(call("log", {call("e", {})}) == Value(1.0));
  CHECK(call("log10", {100}) == Value(2.0));
  CHECK(std::isnan(call("sqrt", {-1}).as_float64()));
  CHECK(call("isNaN", {call("sqrt", {-1})}) == Value(true));
  CHECK(std::isinf(call("ln", {0}).as_float64()));
  CHECK(call("degrees", {call("pi", {})}) == Value(180.0));
  CHECK(call_vector("sqrt", {{4, 9, nullptr}}) == List{2.0, 3.0, nullptr});
}

TEST_CASE("mod takes the sign of the dividend and refuses zero", "[function]") {
  CHECK(identical(call("mod", {-7, 3}), -1));
  CHECK(identical(call("mod", {7.5, 2}), 1.5));
  CHECK(failure("mod", {1, 0}) == "22012");
}

TEST_CASE("random numbers are at least 0 and less than 1", "[function]") {
  for (int i = 0; i < 1000; ++i) {
    const double number = call("rand", {}).as_float64();
    REQUIRE(number >= 0);
    REQUIRE(number < 1);
  }
  CHECK(call("rand", {}) != call("random", {}));
}

TEST_CASE("greatest and least follow the order of ORDER BY", "[function]") {
  CHECK(call("greatest", {1, 3.5, 2}) == Value(3.5));
  CHECK(call("least", {"b", "a"}) == Value("a"));
  CHECK(call("least", {1, nullptr}).is_null());
}

TEST_CASE("letter case follows Unicode", "[function]") {
  CHECK(call("toUpper", {"Ångström"}) == Value("ÅNGSTRÖM"));
  CHECK(call("lower", {"ÀÉÎ x Y"}) == Value("àéî x y"));
  CHECK(call_vector("toLower", {{"ABC[", nullptr, "Ä"}}) == List{"abc[", nullptr, "ä"});
  CHECK(call_vector("upper", {{"a{z", "ü"}}) == List{"A{Z", "Ü"});
}

TEST_CASE("lengths count characters, not bytes", "[function]") {
  CHECK(call("char_length", {"héllo"}) == Value(5));
  CHECK(call("byte_length", {"héllo"}) == Value(6));
  CHECK(call("size", {"日本"}) == Value(2));
  CHECK(call("length", {"日本"}) == Value(2));
  CHECK(call_vector("size", {{"日本", nullptr, ""}}) == List{2, nullptr, 0});
  CHECK(call_vector("char_length", {{"é"}}) == List{1});
}

TEST_CASE("trim removes white space or a set of characters", "[function]") {
  CHECK(call("trim", {" \t x y\n\u00a0"}) == Value("x y"));
  CHECK(call("ltrim", {"  x "}) == Value("x "));
  CHECK(call("rtrim", {"  x "}) == Value("  x"));
  CHECK(call("btrim", {"xyäbäyx", "xyä"}) == Value("b"));
  CHECK(call("trim", {"xxx", "x"}) == Value(""));
  CHECK(call("trim", {List{1, 2, 3}, 1}) == Value(List{1, 2}));
  CHECK(failure("trim", {List{1}, 2}) == "22G0C");
}

TEST_CASE("parts of strings are cut at characters", "[function]") {
  CHECK(call("left", {"Ämster", 2}) == Value("Äm"));
  CHECK(call("left", {"ab", 9}) == Value("ab"));
  CHECK(call("right", {"abcä", 2}) == Value("cä"));
  CHECK(call("right", {"abc", 0}) == Value(""));
  CHECK(call("substring", {"0123456789", 1}) == Value("123456789"));
  CHECK(call("substring", {"äöüß", 1, 2}) == Value("öü"));
  CHECK(call("substring", {"abc", 7}) == Value(""));
  CHECK(failure("left", {"abc", -1}) == "22011");
  CHECK(failure("substring", {"abc", 0, -1}) == "22011");
  CHECK(call("left", {nullptr, 1}).is_null());
}

TEST_CASE("padding fills up to a length in characters", "[function]") {
  CHECK(call("lpad", {"7", 3, "0"}) == Value("007"));
  CHECK(call("rpad", {"é", 4, "ab"}) == Value("éaba"));
  CHECK(call("lpad", {"abc", 2}) == Value("ab"));
  CHECK(call("repeat", {"ab", 3}) == Value("ababab"));
  CHECK(failure("repeat", {"ab", kGreatest}) == "54X01");
  CHECK(failure("lpad", {"a", kGreatest}) == "54X01");
}

TEST_CASE("strings are split, replaced and searched", "[function]") {
  CHECK(call("split", {"one1two", "1"}) == Value(List{"one", "two"}));
  CHECK(call("split", {"", ","}) == Value(List{""}));
  CHECK(call("split", {"a,b;c", List{",", ";"}}) == Value(List{"a", "b", "c"}));
  CHECK(call("split", {"äb", ""}) == Value(List{"ä", "b"}));
  CHECK(call("replace", {"banana", "an", "AN"}) == Value("bANANa"));
  CHECK(call("replace", {"abc", "", "x"}) == Value("abc"));
  CHECK(call("reverse", {"añb"}) == Value("bña"));
  CHECK(call("indexOf", {"äxbx", "x"}) == Value(1));
  CHECK(call("indexOf", {"äxbx", "x", 2}) == Value(3));
  CHECK(call("indexOf", {"abc", "z"}) == Value(-1));
  CHECK(call("position", {"b", "äb"}) == Value(2));
  CHECK(call("concat", {"a", 1, true}) == Value("a1true"));
  CHECK(call("concat_ws", {"-", "a", nullptr, "b"}) == Value("a-b"));
  CHECK(call("ascii", {"A"}) == Value(65));
  CHECK(call("chr", {8364}) == Value("€"));
  CHECK(failure("chr", {0xD800}) == "22023");
}

TEST_CASE("normal forms compose and decompose", "[function]") {
  const Value decomposed("e\u0301");
  CHECK(call("normalize", {decomposed}) == Value("é"));
  CHECK(call("normalize", {"é", "nfd"}) == decomposed);
  CHECK(call("is_normalized", {decomposed, "NFC"}) == Value(false));
  CHECK(call("is_normalized", {decomposed, "NFD"}) == Value(true));
  CHECK(call("normalize", {"ﬁ", "NFKC"}) == Value("fi"));
  CHECK(failure("normalize", {"é", "NFX"}) == "22023");
}

TEST_CASE("a regular expression has to match the whole text", "[function]") {
  CHECK(geode::gql::regex_matches("Ada", "A.*"));
  CHECK_FALSE(geode::gql::regex_matches("Ada", "A"));
  CHECK(geode::gql::regex_matches("ADA", "(?i)ada"));
  // More patterns than are kept at once.
  for (int i = 0; i < 100; ++i) {
    const std::string text = "x" + std::to_string(i % 40);
    REQUIRE(geode::gql::regex_matches(text, text));
  }
  CHECK_THROWS_AS(geode::gql::regex_matches("a", "("), Error);
  CHECK(failure("regexp_like", {"a", "["}) == "22X01");
}

TEST_CASE("ranges include both ends and reach the limits of 64 bits", "[function]") {
  CHECK(call("range", {0, 10, 3}) == Value(List{0, 3, 6, 9}));
  CHECK(call("range", {5, 1}) == Value(List{}));
  CHECK(call("range", {2, 0, -1}) == Value(List{2, 1, 0}));
  CHECK(call("range", {kGreatest - 1, kGreatest}) == Value(List{kGreatest - 1, kGreatest}));
  CHECK(call("range", {kLeast, kGreatest, kGreatest}) == Value(List{kLeast, -1, kGreatest - 1}));
  CHECK(failure("range", {1, 2, 0}) == "22023");
  CHECK(failure("range", {kLeast, kGreatest}) == "54X01");
  CHECK(failure("range", {1.0, 2}) == "22G03");
}

TEST_CASE("elements of lists are reached from both ends", "[function]") {
  const List list{1, 2, 3};
  CHECK(call("head", {Value(list)}) == Value(1));
  CHECK(call("last", {Value(list)}) == Value(3));
  CHECK(call("tail", {Value(list)}) == Value(List{2, 3}));
  CHECK(call("tail", {Value(List{})}) == Value(List{}));
  CHECK(call("head", {Value(List{})}).is_null());
  CHECK(call("reverse", {Value(list)}) == Value(List{3, 2, 1}));
  CHECK(call("cardinality", {Value(list)}) == Value(3));
  CHECK(call("list_contains", {list, 2}) == Value(true));
  CHECK(call("list_contains", {List{1, nullptr}, 2}).is_null());
  CHECK(call("list_append", {list, nullptr}) == Value(List{1, 2, 3, nullptr}));
  CHECK(call("list_prepend", {list, 0}) == Value(List{0, 1, 2, 3}));
  CHECK(call("list_sort", {Value(List{3, nullptr, 1, "a"})}) == Value(List{"a", 1, 3, nullptr}));
  CHECK(call("list_sort", {list, true}) == Value(List{3, 2, 1}));
  CHECK(call("list_distinct", {Value(List{2, 1, 2, nullptr, nullptr})}) ==
        Value(List{2, 1, nullptr}));
  CHECK(call("isEmpty", {Value(List{})}) == Value(true));
  CHECK(failure("size", {1}) == "22G03");
}

TEST_CASE("nulls are replaced and made", "[function]") {
  CHECK(call("coalesce", {nullptr, 2, 3}) == Value(2));
  CHECK(call("coalesce", {nullptr, nullptr}).is_null());
  CHECK(call_vector("coalesce", {{1, nullptr, nullptr}, {7, 8, nullptr}}) == List{1, 8, nullptr});
  CHECK(call_vector("coalesce", {{"a", nullptr}, {"x", "y"}}) == List{"a", "y"});
  CHECK(call("nullIf", {1, 1}).is_null());
  CHECK(call("nullIf", {1, nullptr}) == Value(1));
  CHECK(call("record_merge", {Record{{"a", 1}, {"b", 2}}, Record{{"b", 3}}}) ==
        Value(Record{{"a", 1}, {"b", 3}}));
}

TEST_CASE("conversions give null for texts and refuse types", "[function]") {
  CHECK(identical(call("toInteger", {"82.9"}), 82));
  CHECK(call("toInteger", {"foo"}).is_null());
  CHECK(identical(call("toFloat", {3}), 3.0));
  CHECK(identical(call("toBoolean", {"TRUE"}), true));
  CHECK(call("toBoolean", {" tru "}).is_null());
  CHECK(call("toString", {2.3}) == Value("2.3"));
  CHECK(call("toStringOrNull", {Value(List{})}).is_null());
  CHECK(call("toIntegerList", {Value(List{"1", "x", 2.5})}) == Value(List{1, nullptr, 2}));
  try {
    call("toBoolean", {1.0});
    FAIL("toBoolean() took a float");
  } catch (const Error& error) {
    CHECK(error.detail() == "InvalidArgumentValue");
    CHECK(error.position().column == 5);
  }
  CHECK(call("valueType", {Value(List{"a"})}) == Value("LIST<STRING>"));
  CHECK(call("valueType", {nullptr}) == Value("NULL"));
}
