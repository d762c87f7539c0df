#include "random_values.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace geode::test {

double RandomValues::number() {
  static const std::array<double, 14> kSpecial = {
      0.0,
      -0.0,
      1.0,
      -1.0,
      0.5,
      1.5,
      9007199254740992.0,
      9007199254740994.0,
      9223372036854775808.0,
      -9223372036854775808.0,
      1e300,
      std::numeric_limits<double>::infinity(),
      -std::numeric_limits<double>::infinity(),
      std::numeric_limits<double>::quiet_NaN(),
  };
  return kSpecial[static_cast<std::size_t>(pick(0, kSpecial.size() - 1))];
}

Value RandomValues::path() {
  Path path;
  path.nodes.push_back(Value::node_reference(static_cast<NodeId>(pick(0, 2))));
  for (std::int64_t i = pick(0, 2); i > 0; --i) {
    const NodeId from = path.nodes.back().node_id();
    const auto to = static_cast<NodeId>(pick(0, 2));
    path.edges.push_back(Edge{static_cast<EdgeId>(pick(0, 2)), from, to, "T", {}});
    path.nodes.push_back(Value::node_reference(to));
  }
  return path;
}

Value RandomValues::next(int depth) {
  static const std::array<std::int64_t, 8> kIntegers = {
      0,
      1,
      -1,
      2,
      9007199254740993,
      std::numeric_limits<std::int64_t>::max(),
      std::numeric_limits<std::int64_t>::max() - 1,
      std::numeric_limits<std::int64_t>::min()};
  static const std::array<const char*, 6> kTexts = {"", "a", "ab", "b", "\xc3\xa4", "A"};
  static const std::array<const char*, 12> kDecimals = {"0",
                                                        "0.00",
                                                        "1.0",
                                                        "-1",
                                                        "0.5",
                                                        "0.50",
                                                        "0.1",
                                                        "1.5",
                                                        "9007199254740993.0",
                                                        "9007199254740992.5",
                                                        "9223372036854775808",
                                                        "-1e70"};
  switch (pick(0, depth > 0 ? 17 : 14)) {
    case 0:
      return {};
    case 1:
      return pick(0, 1) == 1;
    case 2:
    case 3:
      return kIntegers[static_cast<std::size_t>(pick(0, kIntegers.size() - 1))];
    case 4:
    case 5:
      return number();
    case 6:
      return kTexts[static_cast<std::size_t>(pick(0, kTexts.size() - 1))];
    case 7:
      return Bytes{kTexts[static_cast<std::size_t>(pick(0, kTexts.size() - 1))]};
    case 8:
      return Date{pick(-1, 1)};
    case 9:
      return pick(0, 1) == 1 ? Value(LocalTime{pick(0, 1)}) : Value(LocalDateTime{pick(0, 1), 0});
    case 10:
      return ZonedTime{pick(1, 2) * 3'600'000'000'000,
                       static_cast<std::int32_t>(pick(0, 1) * 3600)};
    case 11:
      return ZonedDateTime{pick(0, 1), 0, static_cast<std::int32_t>(pick(0, 1) * 3600), {}};
    case 12:
      return Duration{pick(0, 1), pick(-30, -29) * pick(0, 1), pick(0, 1) * 37'746, 0};
    case 13:
      if (pick(0, 1) == 1) return Value::node_reference(static_cast<NodeId>(pick(0, 2)));
      return Edge{static_cast<EdgeId>(pick(0, 2)), NodeId{0}, NodeId{1}, "T", {}};
    case 14:
      return *Decimal::parse(kDecimals[static_cast<std::size_t>(pick(0, kDecimals.size() - 1))]);
    case 15: {
      List list;
      for (std::int64_t i = pick(0, 2); i > 0; --i) list.push_back(next(depth - 1));
      return list;
    }
    case 16: {
      Record record;
      const bool reverse = pick(0, 1) == 1;
      record.emplace_back(reverse ? "b" : "a", next(depth - 1));
      if (pick(0, 1) == 1) record.emplace_back(reverse ? "a" : "b", next(depth - 1));
      return record;
    }
    default:
      return path();
  }
}

}  // namespace geode::test
