#include "shapes/shape.hpp"

// Rows with forty properties: thirty numbers i0..i29, ten short strings s0..s9.

namespace geode::bench {

namespace {

constexpr std::uint32_t kNumbers = 30, kStrings = 10, kProjected = 20;

struct Data {
  std::vector<std::vector<std::int64_t>> numbers{kNumbers};
  std::vector<std::vector<std::string>> strings{kStrings};
  std::size_t rows = 0;
};

std::string project(const Data& data) {
  std::string text;
  for (std::size_t row = 0; row < data.rows; ++row) {
    if (data.numbers[0][row] >= 10) continue;
    if (!text.empty()) text += ';';
    for (std::uint32_t c = 0; c < kProjected; ++c) {
      if (c > 0) text += ',';
      text += c % 4 == 3 ? data.strings[c / 4][row] : std::to_string(data.numbers[c][row]);
    }
  }
  return text;
}

std::string projected_columns() {
  std::string text;
  for (std::uint32_t c = 0; c < kProjected; ++c) {
    if (c > 0) text += ", ";
    text += c % 4 == 3 ? tagged("r.s", c / 4) : tagged("r.i", c);
  }
  return text;
}

std::string sums(const Data& data) {
  std::string text;
  for (std::uint32_t c = 1; c <= 8; ++c) {
    std::int64_t sum = 0;
    for (const std::int64_t number : data.numbers[c]) sum += number;
    if (c > 1) text += ',';
    text += std::to_string(sum);
  }
  return text;
}

std::string top(const Data& data) {
  std::vector<std::pair<std::int64_t, std::uint32_t>> rows;
  for (std::uint32_t i = 0; i < data.rows; ++i) rows.emplace_back(data.numbers[5][i], i);
  return largest(std::move(rows), 10);
}

std::string filter(const Data& data) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < data.rows; ++i) {
    count +=
        data.numbers[1][i] > 300 && data.numbers[2][i] < 500 && data.strings[3][i] == "v3" ? 1 : 0;
  }
  return std::to_string(count);
}

}  // namespace

Shape wide(std::uint32_t elements) {
  auto data = std::make_shared<Data>();
  const std::uint32_t rows = elements / 20 + 50;
  Numbers numbers(18);
  data->rows = rows;
  for (auto& column : data->numbers) {
    for (std::uint32_t i = 0; i < rows; ++i) column.push_back(numbers.below(1000));
  }
  for (auto& column : data->strings) {
    for (std::uint32_t i = 0; i < rows; ++i) column.push_back(tagged("v", numbers.below(20)));
  }
  Shape shape;
  shape.name = "wide";
  NodeTable table{{"Row"}, rows, {}, {}};
  for (std::uint32_t c = 0; c < kNumbers; ++c) {
    table.columns.push_back({tagged("i", c), data->numbers[c], {}});
  }
  for (std::uint32_t c = 0; c < kStrings; ++c) {
    table.columns.push_back({tagged("s", c), {}, data->strings[c]});
  }
  shape.nodes.push_back(std::move(table));
  const Data& d = *data;
  shape.questions = {
      {"project",
       "MATCH (r:Row) WHERE r.i0 < 10 RETURN " + projected_columns() + " ORDER BY r.id",
       {},
       [&d] { return project(d); }},
      {"sums",
       "MATCH (r:Row) RETURN sum(r.i1), sum(r.i2), sum(r.i3), sum(r.i4), sum(r.i5), sum(r.i6), "
       "sum(r.i7), sum(r.i8)",
       {},
       [&d] { return sums(d); }},
      {"top",
       "MATCH (r:Row) RETURN r.id AS id, r.i5 AS v ORDER BY v DESC, id LIMIT 10",
       {},
       [&d] { return top(d); }},
      {"filter",
       "MATCH (r:Row) WHERE r.i1 > 300 AND r.i2 < 500 AND r.s3 = 'v3' RETURN count(*)",
       {},
       [&d] { return filter(d); }},
  };
  shape.data = std::move(data);
  return shape;
}

}  // namespace geode::bench
