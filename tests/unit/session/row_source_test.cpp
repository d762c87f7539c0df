#include <catch2/catch.hpp>

#include <geode/result.hpp>

namespace geode {
namespace {

/// Counts to `last`.
class Numbers : public RowSource {
 public:
  explicit Numbers(long long last, bool table = true) : last_(last), table_(table) {}
  const std::vector<std::string>* columns() override { return table_ ? &names_ : nullptr; }
  std::string plan() override { return "a plan"; }
  bool next(std::vector<Value>& row) override {
    if (number_ == last_) return false;
    row = {Value(++number_), Value("text")};
    return true;
  }
  Summary summary() override {
    Summary summary;
    summary.counters.nodes_created = 7;
    summary.rows = static_cast<std::uint64_t>(number_);
    return summary;
  }

 private:
  const std::vector<std::string> names_{"n", "t"};
  const long long last_;
  const bool table_;
  long long number_ = 0;
};

TEST_CASE("a result has its rows from elsewhere") {
  Result result(std::make_unique<Numbers>(3));
  CHECK(result.columns() == std::vector<std::string>{"n", "t"});
  CHECK(result.plan() == "a plan");
  std::vector<long long> seen;
  for (const Row& row : result) seen.push_back(row.get<long long>("n"));
  CHECK(seen == std::vector<long long>{1, 2, 3});
  CHECK(result.summary().counters.nodes_created == 7);
  CHECK(result.summary().rows == 3);
  CHECK_FALSE(result.next());
  CHECK_FALSE(result.interrupter());
}

TEST_CASE("by columns, too, and without a table") {
  Result result(std::make_unique<Numbers>(5000));
  std::vector<ColumnView> columns;
  std::size_t rows = 0;
  long long sum = 0;
  while (result.next_batch(columns)) {
    REQUIRE(columns.size() == 2);
    rows += columns[0].size;
    for (const Value& value : columns[0].as<Value>()) sum += value.as_int64();
  }
  CHECK(rows == 5000);
  CHECK(sum == 5000LL * 5001 / 2);

  Result changes(std::make_unique<Numbers>(0, false));
  CHECK_FALSE(changes.has_columns());
  CHECK(changes.summary().counters.nodes_created == 7);
}

}  // namespace
}  // namespace geode
