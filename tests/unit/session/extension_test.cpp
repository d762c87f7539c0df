#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/geode.hpp>

namespace geode {
namespace {

Error error_of(Database& database, std::string_view statement) {
  try {
    database.execute(statement).consume();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error: " << statement);
  return Error("", "");
}

std::string text_of(Database& database, std::string_view statement) {
  return database.execute(statement).single().to_string();
}

/// The longest of the texts of a group.
class Longest final : public AggregateState {
 public:
  void add(std::span<const Value> arguments) override {
    const std::string text(arguments[0].as_string());
    if (text == "bad") throw std::runtime_error("bad text");
    if (text.size() > longest_.size()) longest_ = text;
  }
  void merge(const AggregateState& other) override {
    const auto& that = static_cast<const Longest&>(other);
    if (that.longest_.size() > longest_.size()) longest_ = that.longest_;
  }
  Value finish() const override { return longest_.empty() ? Value() : Value(longest_); }

 private:
  std::string longest_;
};

void add_longest(Database& database) {
  database.register_aggregate({"longest(text STRING) :: STRING", "The longest text",
                               [] { return std::make_unique<Longest>(); }});
}

void add_shout(Database& database) {
  database.register_function(
      {"shout(text STRING) :: STRING", "Loud", [](std::span<const Value> arguments) -> Value {
         std::string text(arguments[0].as_string());
         std::transform(text.begin(), text.end(), text.begin(),
                        [](unsigned char c) { return std::toupper(c); });
         return text + "!";
       }});
}

TEST_CASE("a function of the program is called like any other", "[session]") {
  Database database;
  add_shout(database);
  CHECK(text_of(database, "RETURN shout('ada')") == "'ADA!'");
  CHECK(text_of(database, "RETURN SHOUT(null)") == "null");
  CHECK(text_of(database, "UNWIND ['a', 'b'] AS x RETURN collect(shout(x))") == "['A!', 'B!']");
  CHECK(text_of(database,
                "SHOW FUNCTIONS YIELD name, signature WHERE name = 'shout' RETURN "
                "signature") == "'shout(text STRING) :: STRING'");

  SECTION("its types are checked before the statement runs") {
    CHECK(error_of(database, "RETURN shout(1)").gqlstatus() == "22G03");
    CHECK(error_of(database, "RETURN shout(1)").when() == Phase::kCompile);
    CHECK(error_of(database, "RETURN shout()").gqlstatus() == "42001");
  }
  SECTION("other databases do not have it") {
    Database other;
    CHECK(error_of(other, "RETURN shout('a')").detail() == "UnknownFunction");
  }
  SECTION("a new one replaces it, in prepared statements too") {
    Session session = database.session();
    PreparedStatement prepared = session.prepare("RETURN shout('a')");
    CHECK(prepared.execute().single() == Value("A!"));
    database.register_function(
        {"shout(text STRING) :: STRING", "Quiet", [](std::span<const Value> in) { return in[0]; }});
    CHECK(prepared.execute().single() == Value("a"));
  }
}

TEST_CASE("a function of the program sees nodes whole", "[session]") {
  Database database;
  database.execute("INSERT (:City {name: 'Oslo'})");
  database.register_function(
      {"city_name(city NODE) :: STRING", "", [](std::span<const Value> arguments) {
         return arguments[0].as_node().properties.at(0).second;
       }});
  CHECK(text_of(database, "MATCH (c:City) RETURN city_name(c)") == "'Oslo'");
}

TEST_CASE("what a function of the program throws ends the statement", "[session]") {
  Database database;
  database.register_function({"fails(x INT) :: INT", "", [](std::span<const Value>) -> Value {
                                throw std::runtime_error("no luck");
                              }});
  database.register_function({"refuses(x INT) :: INT", "", [](std::span<const Value>) -> Value {
                                throw Error(status::kInvalidArgument, "not this one");
                              }});
  const Error failed = error_of(database, "RETURN fails(1)");
  CHECK(failed.gqlstatus() == "22X20");
  CHECK(failed.message() == "`fails` failed: no luck");
  CHECK(failed.position().column == 8);
  const Error refused = error_of(database, "RETURN 1 + refuses(1)");
  CHECK(refused.gqlstatus() == "22023");
  CHECK(refused.position().column == 12);

  // The transaction is as any that had a failed statement.
  CHECK(error_of(database, "INSERT (:A {x: fails(1)})").gqlstatus() == "22X20");
  CHECK(text_of(database, "MATCH (n) RETURN count(*)") == "0");
}

TEST_CASE("an aggregate of the program folds groups", "[session]") {
  Database database;
  add_longest(database);
  CHECK(text_of(database, "UNWIND ['a', 'abc', null, 'ab'] AS x RETURN longest(x)") == "'abc'");
  CHECK(text_of(database, "UNWIND [] AS x RETURN longest(x)") == "null");
  CHECK(text_of(database, "UNWIND ['a', 'a'] AS x RETURN longest(DISTINCT x)") == "'a'");
  const std::vector<Row> rows =
      database
          .execute(
              "UNWIND range(1, 3000) AS i RETURN i % 2 AS odd, longest(toString(i)) AS l "
              "ORDER BY odd")
          .all();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0][1] == Value("1000"));
  CHECK(rows[1][1] == Value("1001"));
  CHECK(error_of(database, "UNWIND ['bad'] AS x RETURN longest(x)").gqlstatus() == "22X20");
  CHECK(error_of(database, "RETURN longest('a', 'b')").gqlstatus() == "42001");
}

TEST_CASE("a procedure of the program gives rows", "[session]") {
  Database database;
  database.register_procedure({"count.to(n INT) :: (i INT, square INT)",
                               "Numbers and their squares",
                               [](std::span<const Value> arguments, ProcedureResult& result) {
                                 for (std::int64_t i = 1; i <= arguments[0].as_int64(); ++i)
                                   result.add({Value(i), Value(i * i)});
                               }});
  CHECK(text_of(database, "CALL count.to(5000) YIELD square RETURN sum(square)") == "41679167500");
  CHECK(database.execute("CALL count.to(2)").columns() == std::vector<std::string>{"i", "square"});
  CHECK(text_of(database,
                "SHOW PROCEDURES YIELD name, signature WHERE name = 'count.to' RETURN "
                "signature") == "'count.to(n INT) :: (i INT, square INT)'");

  database.register_procedure(
      {"wrong() :: (a INT)", "", [](std::span<const Value>, ProcedureResult& result) {
         result.add({Value(1), Value(2)});
       }});
  CHECK(error_of(database, "CALL wrong()").gqlstatus() == "22G03");
}

TEST_CASE("a signature that cannot be read is refused", "[session]") {
  Database database;
  const auto call = [](std::span<const Value>) { return Value(1); };
  CHECK_THROWS_AS(database.register_function({"f(x INT", "", call}), Error);
  CHECK_THROWS_AS(database.register_function({"f(x INT)", "", call}), Error);
  CHECK_THROWS_AS(database.register_function({"f(x NOSUCHTYPE) :: INT", "", call}), Error);
  CHECK_THROWS_AS(database.register_function({"f(x INT) :: INT", "", nullptr}), Error);
  CHECK_THROWS_AS(database.register_procedure({"p(x INT) :: INT", "", nullptr}), Error);
}

}  // namespace
}  // namespace geode
