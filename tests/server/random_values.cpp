#include "random_values.hpp"

#include <limits>
#include <string>

namespace geode::test {

namespace {

std::int64_t random_integer(std::mt19937_64& random) {
  switch (random() % 4) {
    case 0:
      return std::numeric_limits<std::int64_t>::min();
    case 1:
      return std::numeric_limits<std::int64_t>::max();
    case 2:
      return static_cast<std::int64_t>(random() % 200) - 100;
    default:
      return static_cast<std::int64_t>(random());
  }
}

/// Of the years -999999999 to 999999999.
std::int64_t random_day(std::mt19937_64& random) {
  return static_cast<std::int64_t>(random() % 730'484'999'634) - 365'243'219'162;
}

std::int64_t random_second(std::mt19937_64& random) {
  return random_day(random) * 86'400 + static_cast<std::int64_t>(random() % 86'400);
}

std::string random_text(std::mt19937_64& random) {
  static constexpr const char* kPieces[] = {"a", "Z", "'", "\n", "\u00e4", "\u4e2d", "\U0001f600"};
  std::string text;
  for (std::size_t n = random() % 6; n > 0; --n) text += kPieces[random() % std::size(kPieces)];
  return text;
}

Decimal random_decimal(std::mt19937_64& random) {
  Decimal decimal;
  const std::size_t words = random() % 5;
  for (std::size_t i = 0; i < words; ++i) decimal.words[i] = random();
  decimal.scale = static_cast<std::uint8_t>(random() % (Decimal::kMaxScale + 1));
  decimal.negative = words > 0 && random() % 2 == 0;
  return decimal;
}

Record random_record(std::mt19937_64& random, int depth) {
  Record record;
  for (std::size_t i = 0, n = random() % 4; i < n; ++i)
    record.emplace_back(std::string("f").append(std::to_string(i)),
                        random_value(random, depth - 1));
  return record;
}

Node random_node(std::mt19937_64& random, int depth) {
  return {static_cast<NodeId>(random()), {"A", random_text(random)}, random_record(random, depth)};
}

Edge random_edge(std::mt19937_64& random, int depth) {
  Edge edge;
  edge.id = static_cast<EdgeId>(random());
  edge.source = static_cast<NodeId>(random());
  edge.target = static_cast<NodeId>(random());
  edge.label = random_text(random);
  edge.properties = random_record(random, depth);
  edge.directed = random() % 2 == 0;
  return edge;
}

Value random_scalar(std::mt19937_64& random) {
  const auto nanoseconds = static_cast<std::int32_t>(random() % 1'000'000'000);
  const auto time_of_day = static_cast<std::int64_t>(random() % 86'400'000'000'000);
  const auto offset = static_cast<std::int32_t>(random() % 100'000) % 50'000 - 25'000;
  switch (random() % 14) {
    case 0:
      return Value();
    case 1:
      return Value(random() % 2 == 0);
    case 2:
      return Value(static_cast<long>(random_integer(random)));
    case 3:
      return Value(static_cast<double>(random_integer(random)) / 3);
    case 4:
      return Value(random_decimal(random));
    case 5:
      return Value(Date{random_day(random)});
    case 6:
      return Value(LocalTime{time_of_day});
    case 7:
      return Value(ZonedTime{time_of_day, offset});
    case 8:
      return Value(LocalDateTime{random_second(random), nanoseconds});
    case 9:
      return Value(random_text(random));
    case 10:
      return Value(Bytes{std::string("\0\xff", 2) + random_text(random)});
    case 11:
      return Value(ZonedDateTime{random_second(random), nanoseconds, offset,
                                 random() % 2 == 0 ? "" : "Europe/Berlin"});
    case 12:
      return Value(Duration{random_integer(random), random_integer(random), random_integer(random),
                            nanoseconds});
    default:
      return Value(GraphReference{"/sales/orders", random() % 2 == 0 ? kNoGraph : GraphId{7}});
  }
}

}  // namespace

Value random_value(std::mt19937_64& random, int depth) {
  if (depth <= 0 || random() % 3 != 0) return random_scalar(random);
  switch (random() % 5) {
    case 0: {
      List list;
      for (std::size_t n = random() % 5; n > 0; --n)
        list.push_back(random_value(random, depth - 1));
      return Value(std::move(list));
    }
    case 1:
      return Value(random_record(random, depth));
    case 2:
      return Value(random_node(random, depth));
    case 3:
      return Value(random_edge(random, depth));
    default: {
      Path path;
      path.nodes.emplace_back(random_node(random, depth));
      for (std::size_t n = random() % 3; n > 0; --n) {
        path.edges.emplace_back(random_edge(random, depth));
        path.nodes.emplace_back(random_node(random, depth));
      }
      return Value(std::move(path));
    }
  }
}

}  // namespace geode::test
