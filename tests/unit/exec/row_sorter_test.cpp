#include "gql/exec/spill/row_sorter.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "value/compare.hpp"

namespace geode::gql::exec {
namespace {

struct Row {
  Value key;
  std::int64_t number = 0;
};

/// What the sorter makes of rows of (key, number), with the key as given.
std::vector<Row> sorted(const std::vector<Row>& rows, SortDirection direction,
                        std::uint64_t threshold, std::optional<std::uint64_t> wanted,
                        bool& spilled) {
  base::MemoryBudget memory(std::uint64_t{8} << 20);
  base::Interrupt interrupt;
  const SpillSpace::Settings settings{"/tmp", std::uint64_t{1} << 30, threshold};
  SpillSpace space(memory);
  space.begin(settings);
  ExecutionContext context;
  context.memory = &memory;
  context.interrupt = &interrupt;
  context.spill = &space;
  RowSorter sorter;
  sorter.reset(context, 2, {{0, direction}}, wanted);
  for (std::size_t begin = 0; begin < rows.size(); begin += 100) {
    const std::size_t end = std::min(begin + 100, rows.size());
    std::vector<Value> keys, numbers;
    for (std::size_t i = begin; i < end; ++i) {
      keys.push_back(rows[i].key);
      numbers.emplace_back(rows[i].number);
    }
    value::Vector key_column, number_column;
    key_column.assign(keys);
    number_column.assign(numbers);
    const value::Vector* columns[] = {&key_column, &number_column};
    sorter.add(columns, identity_rows(static_cast<std::uint32_t>(end - begin)));
  }
  sorter.finish();
  spilled = sorter.spilled();
  std::vector<Row> out;
  Batch batch;
  while (sorter.next(batch)) {
    for (const std::uint32_t row : batch.rows())
      out.push_back({batch.columns[0].get(row), batch.columns[1].get(row).as_int64()});
  }
  return out;
}

/// The same, the plain way.
std::vector<Row> expected(std::vector<Row> rows, SortDirection direction,
                          std::optional<std::uint64_t> wanted) {
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    if (a.key.is_null() || b.key.is_null()) {
      return a.key.is_null() != b.key.is_null() && a.key.is_null() == direction.nulls_first;
    }
    const int order = value::order(a.key, b.key);
    return direction.descending ? order > 0 : order < 0;
  });
  if (wanted && rows.size() > *wanted) rows.resize(*wanted);
  return rows;
}

Value random_key(std::mt19937_64& random, int kind) {
  const auto number = static_cast<std::int64_t>(random() % 50);
  switch (kind == 4 ? static_cast<int>(random() % 4) : kind) {
    case 0:
      return number;
    case 1:
      return "text " + std::to_string(number);
    case 2:
      return static_cast<double>(number) / 4;
    default:
      return random() % 5 == 0 ? Value() : Value(List{number % 7, "x"});
  }
}

TEST_CASE("rows are sorted in the same way in memory and in files", "[exec]") {
  std::mt19937_64 random(5);
  for (const int kind : {0, 1, 2, 3, 4}) {
    std::vector<Row> rows;
    for (std::int64_t i = 0; i < 20'000; ++i) rows.push_back({random_key(random, kind), i});
    for (const bool descending : {false, true}) {
      for (const bool nulls_first : {false, true}) {
        const SortDirection direction{descending, nulls_first};
        for (const std::optional<std::uint64_t> wanted :
             {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(0),
              std::optional<std::uint64_t>(7), std::optional<std::uint64_t>(5000)}) {
          const std::vector<Row> right = expected(rows, direction, wanted);
          // One row, some hundred, and all of them are too many.
          for (const std::uint64_t threshold :
               {std::uint64_t{1}, std::uint64_t{20'000}, std::uint64_t{1} << 40}) {
            bool spilled = false;
            const std::vector<Row> got = sorted(rows, direction, threshold, wanted, spilled);
            if (threshold == 1 && wanted != 0) CHECK(spilled);
            if (threshold > 1'000'000) CHECK_FALSE(spilled);
            REQUIRE(got.size() == right.size());
            const bool same =
                std::equal(got.begin(), got.end(), right.begin(), [](const Row& a, const Row& b) {
                  return a.number == b.number && value::same(a.key, b.key);
                });
            CHECK(same);
          }
        }
      }
    }
  }
}

TEST_CASE("a sort ends when its temporary space is used up", "[exec]") {
  base::MemoryBudget memory;
  base::Interrupt interrupt;
  const SpillSpace::Settings settings{"/tmp", 100'000, 1};
  SpillSpace space(memory);
  space.begin(settings);
  ExecutionContext context;
  context.memory = &memory;
  context.interrupt = &interrupt;
  context.spill = &space;
  RowSorter sorter;
  sorter.reset(context, 1, {{0, {}}});
  const std::vector<Value> texts(1000, Value(std::string(90, 'x')));
  value::Vector column;
  column.assign(texts);
  const value::Vector* columns[] = {&column};
  sorter.add(columns, identity_rows(1000));
  try {
    sorter.add(columns, identity_rows(1000));
    FAIL("the limit was passed over");
  } catch (const Error& error) {
    CHECK(error.gqlstatus() == status::kDiskFull);
  }
  sorter.reset(context, 1, {{0, {}}});
  CHECK(space.used_bytes() == 0);
}

}  // namespace
}  // namespace geode::gql::exec
