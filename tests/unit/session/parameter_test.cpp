#include <limits>

#include <catch2/catch.hpp>

#include <geode/database.hpp>

namespace geode {
namespace {

TEST_CASE("a temporal value that no calendar has is refused where it comes in", "[session]") {
  Database database;
  const Value absurd = GENERATE(Value(Date{std::numeric_limits<std::int64_t>::max()}),
                                Value(Date{std::numeric_limits<std::int64_t>::min()}),
                                Value(LocalTime{86'400'000'000'000}), Value(LocalTime{-1}),
                                Value(ZonedTime{0, 86'400}), Value(LocalDateTime{0, 1'000'000'000}),
                                Value(Duration{0, 0, 0, -1}));
  const auto status_of = [](const auto& call) {
    try {
      call();
      return std::string("00000");
    } catch (const Error& error) {
      return std::string(error.gqlstatus());
    }
  };
  CHECK(status_of([&] { database.execute("RETURN $x", {{"x", absurd}}); }) == "22008");
  CHECK(status_of([&] { database.execute("RETURN $x", {{"x", List{1, absurd}}}); }) == "22008");
  CHECK(status_of([&] {
          Transaction transaction = database.begin_write();
          transaction.insert_node({"A"}, {{"x", absurd}});
          transaction.commit();
        }) == "22008");
}

}  // namespace
}  // namespace geode
