#include "value/compare.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/running_limits.hpp"
#include "value/decimal.hpp"
#include "value/temporal.hpp"

namespace geode::value {

namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

template <class T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

constexpr int kNanRank = 16;

/// Place of a value's group in the total order.
int rank(const Value& value) {
  switch (value.type()) {
    case ValueType::kRecord:
      return 0;
    case ValueType::kNode:
      return 1;
    case ValueType::kEdge:
      return 2;
    case ValueType::kList:
      return 3;
    case ValueType::kPath:
      return 4;
    case ValueType::kGraph:
      return 5;
    case ValueType::kZonedDateTime:
      return 6;
    case ValueType::kLocalDateTime:
      return 7;
    case ValueType::kDate:
      return 8;
    case ValueType::kZonedTime:
      return 9;
    case ValueType::kLocalTime:
      return 10;
    case ValueType::kDuration:
      return 11;
    case ValueType::kString:
      return 12;
    case ValueType::kBytes:
      return 13;
    case ValueType::kBool:
      return 14;
    case ValueType::kInt64:
    case ValueType::kDecimal:
      return 15;
    case ValueType::kFloat64:
      return std::isnan(value.unchecked_float64()) ? kNanRank : 15;
    case ValueType::kNull:
      return 17;
  }
  return 17;
}

/// `a` is a decimal, `b` any number but NaN.
int order_decimal(const Value& a, const Value& b) {
  if (b.type() == ValueType::kFloat64) {
    return order_decimal_and_float(a.as_decimal(), b.unchecked_float64());
  }
  return order_decimals(a.as_decimal(), exact(b));
}

/// Neither is NaN.
int order_any_numbers(const Value& a, const Value& b) {
  if (a.type() == ValueType::kDecimal) return order_decimal(a, b);
  if (b.type() == ValueType::kDecimal) return -order_decimal(b, a);
  const bool a_int = a.type() == ValueType::kInt64;
  const bool b_int = b.type() == ValueType::kInt64;
  if (a_int && b_int) return three_way(a.unchecked_int64(), b.unchecked_int64());
  if (a_int) return order_numbers(a.unchecked_int64(), b.unchecked_float64());
  if (b_int) return -order_numbers(b.unchecked_int64(), a.unchecked_float64());
  return three_way(a.unchecked_float64(), b.unchecked_float64());
}

bool is_nan(const Value& value) {
  return value.type() == ValueType::kFloat64 && std::isnan(value.unchecked_float64());
}

/// The time of day in UTC, which may leave the day.
std::int64_t utc_nanoseconds(const ZonedTime& time) {
  return time.nanoseconds - time.offset_seconds * kNanosPerSecond;
}

int order_seconds(std::int64_t a, std::int32_t a_nanos, std::int64_t b, std::int32_t b_nanos) {
  return a != b ? three_way(a, b) : three_way(a_nanos, b_nanos);
}

/// Two points of time of one type.
int order_instants(const Value& a, const Value& b) {
  switch (a.type()) {
    case ValueType::kZonedTime:
      return three_way(utc_nanoseconds(a.as_zoned_time()), utc_nanoseconds(b.as_zoned_time()));
    case ValueType::kLocalDateTime: {
      const LocalDateTime x = a.as_local_datetime(), y = b.as_local_datetime();
      return order_seconds(x.seconds, x.nanoseconds, y.seconds, y.nanoseconds);
    }
    case ValueType::kZonedDateTime: {
      const ZonedDateTime &x = a.as_zoned_datetime(), &y = b.as_zoned_datetime();
      return order_seconds(x.seconds, x.nanoseconds, y.seconds, y.nanoseconds);
    }
    default:
      // Dates and local times are one number.
      return three_way(a.unchecked_int64(), b.unchecked_int64());
  }
}

int order_graphs(const GraphReference& a, const GraphReference& b) {
  if (a.id == kNoGraph || b.id == kNoGraph) return three_way(a.path, b.path);
  return three_way(a.id, b.id);
}

int order_durations(const Duration& a, const Duration& b) {
  const AverageLength x = average_length(a), y = average_length(b);
  if (const int c = order_seconds(x.seconds, x.nanoseconds, y.seconds, y.nanoseconds)) return c;
  // P30D and PT720H are as long and yet not the same value.
  if (const int c = three_way(a.months, b.months)) return c;
  if (const int c = three_way(a.days, b.days)) return c;
  return order_seconds(a.seconds, a.nanoseconds, b.seconds, b.nanoseconds);
}

bool is_of_days(const Duration& duration) { return duration.months == 0; }

bool is_of_months(const Duration& duration) {
  return duration.days == 0 && duration.seconds == 0 && duration.nanoseconds == 0;
}

/// Absent for a month and a number of days. P1D and PT24H are as long and yet not the same value:
/// neither is less.
std::optional<std::partial_ordering> compare_durations(const Duration& a, const Duration& b) {
  if (is_of_months(a) && is_of_months(b)) return a.months <=> b.months;
  if (!is_of_days(a) || !is_of_days(b)) return std::nullopt;
  if (order_durations(a, b) == 0) return std::partial_ordering::equivalent;
  const AverageLength x = average_length(a), y = average_length(b);
  const int c = order_seconds(x.seconds, x.nanoseconds, y.seconds, y.nanoseconds);
  if (c == 0) return std::partial_ordering::unordered;
  return c < 0 ? std::partial_ordering::less : std::partial_ordering::greater;
}

int order_lists(const List& a, const List& b) {
  base::poll_interrupt_seldom();
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (const int c = order(a[i], b[i])) return c;
  }
  return three_way(a.size(), b.size());
}

using Fields = std::vector<const Record::value_type*>;

Fields by_name(const Record& record) {
  Fields fields;
  fields.reserve(record.size());
  for (const auto& field : record) fields.push_back(&field);
  std::sort(fields.begin(), fields.end(), [](auto* x, auto* y) { return x->first < y->first; });
  return fields;
}

/// The order in which the fields were written does not matter.
int order_records(const Record& a, const Record& b) {
  base::poll_interrupt_seldom();
  const Fields x = by_name(a), y = by_name(b);
  const std::size_t common = std::min(x.size(), y.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (const int c = x[i]->first.compare(y[i]->first)) return c < 0 ? -1 : 1;
    if (const int c = order(x[i]->second, y[i]->second)) return c;
  }
  return three_way(x.size(), y.size());
}

int order_paths(const Path& a, const Path& b) {
  const std::size_t common = std::min(a.nodes.size(), b.nodes.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (const int c = order(a.nodes[i], b.nodes[i])) return c;
    if (i < a.edges.size() && i < b.edges.size()) {
      if (const int c = order(a.edges[i], b.edges[i])) return c;
    }
  }
  return three_way(a.nodes.size(), b.nodes.size());
}

std::optional<bool> equal_lists(const List& a, const List& b) {
  base::poll_interrupt_seldom();
  if (a.size() != b.size()) return false;
  bool unknown = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::optional<bool> equal = equals(a[i], b[i]);
    if (!equal) {
      unknown = true;
    } else if (!*equal) {
      return false;
    }
  }
  if (unknown) return std::nullopt;
  return true;
}

/// Names first: a null decides only between records that have the same names.
std::optional<bool> equal_records(const Record& a, const Record& b) {
  base::poll_interrupt_seldom();
  if (a.size() != b.size()) return false;
  const Fields x = by_name(a), y = by_name(b);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i]->first != y[i]->first) return false;
  }
  bool unknown = false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::optional<bool> equal = equals(x[i]->second, y[i]->second);
    if (!equal) {
      unknown = true;
    } else if (!*equal) {
      return false;
    }
  }
  if (unknown) return std::nullopt;
  return true;
}

std::optional<std::partial_ordering> compare_lists(const List& a, const List& b) {
  base::poll_interrupt_seldom();
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    const auto ordering = compare(a[i], b[i]);
    if (!ordering || *ordering != std::partial_ordering::equivalent) return ordering;
  }
  return std::partial_ordering(a.size() <=> b.size());
}

std::partial_ordering to_ordering(int c) {
  return c < 0   ? std::partial_ordering::less
         : c > 0 ? std::partial_ordering::greater
                 : std::partial_ordering::equivalent;
}

}  // namespace

int order_numbers(std::int64_t a, double b) {
  // 2^63 and -2^63 are exact as doubles; between them the cast below is defined.
  if (b >= 9223372036854775808.0) return -1;
  if (b < -9223372036854775808.0) return 1;
  const auto whole = static_cast<std::int64_t>(b);
  if (a != whole) return a < whole ? -1 : 1;
  const double fraction = b - static_cast<double>(whole);
  return fraction > 0 ? -1 : fraction < 0 ? 1 : 0;
}

std::optional<bool> equals(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return std::nullopt;
  if (a.is_number() && b.is_number()) {
    return !is_nan(a) && !is_nan(b) && order_any_numbers(a, b) == 0;
  }
  if (a.type() != b.type()) return false;
  if (a.type() == ValueType::kList) return equal_lists(a.as_list(), b.as_list());
  if (a.type() == ValueType::kRecord) return equal_records(a.as_record(), b.as_record());
  return same(a, b);
}

std::optional<std::partial_ordering> compare(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return std::nullopt;
  if (a.is_number() && b.is_number()) {
    if (is_nan(a) || is_nan(b)) return std::partial_ordering::unordered;
    return to_ordering(order_any_numbers(a, b));
  }
  if (a.type() != b.type()) return std::nullopt;
  switch (a.type()) {
    case ValueType::kBool:
    case ValueType::kDate:
    case ValueType::kLocalTime:
    case ValueType::kZonedTime:
    case ValueType::kLocalDateTime:
    case ValueType::kZonedDateTime:
    case ValueType::kString:
    case ValueType::kBytes:
      return to_ordering(order(a, b));
    case ValueType::kList:
      return compare_lists(a.as_list(), b.as_list());
    case ValueType::kDuration:
      return compare_durations(a.as_duration(), b.as_duration());
    case ValueType::kRecord:
    case ValueType::kNode:
    case ValueType::kEdge:
    case ValueType::kPath:
    case ValueType::kGraph:
    // Numbers and nulls were handled above.
    case ValueType::kInt64:
    case ValueType::kFloat64:
    case ValueType::kDecimal:
    case ValueType::kNull:
      return std::nullopt;
  }
  return std::nullopt;
}

int order(const Value& a, const Value& b) {
  if (a.type() != b.type() || a.type() == ValueType::kFloat64) {
    const int x = rank(a), y = rank(b);
    if (x != y) return x < y ? -1 : 1;
    if (x == kNanRank) return 0;
    return order_any_numbers(a, b);
  }
  switch (a.type()) {
    case ValueType::kNull:
      return 0;
    case ValueType::kBool:
    case ValueType::kInt64:
      return three_way(a.unchecked_int64(), b.unchecked_int64());
    case ValueType::kFloat64:
    case ValueType::kDecimal:
      return order_any_numbers(a, b);
    case ValueType::kDate:
    case ValueType::kLocalTime:
    case ValueType::kZonedTime:
    case ValueType::kLocalDateTime:
    case ValueType::kZonedDateTime:
      return order_instants(a, b);
    case ValueType::kString:
      return three_way(a.as_string().compare(b.as_string()), 0);
    case ValueType::kBytes:
      return three_way(a.as_bytes().compare(b.as_bytes()), 0);
    case ValueType::kDuration:
      return order_durations(a.as_duration(), b.as_duration());
    case ValueType::kList:
      return order_lists(a.as_list(), b.as_list());
    case ValueType::kRecord:
      return order_records(a.as_record(), b.as_record());
    case ValueType::kNode:
      return three_way(raw(a.node_id()), raw(b.node_id()));
    case ValueType::kEdge:
      return three_way(raw(a.as_edge().id), raw(b.as_edge().id));
    case ValueType::kPath:
      return order_paths(a.as_path(), b.as_path());
    case ValueType::kGraph:
      return order_graphs(a.as_graph(), b.as_graph());
  }
  return 0;
}

bool same(const Value& a, const Value& b) {
  if (a.type() == b.type()) {
    if (a.type() == ValueType::kInt64) return a.unchecked_int64() == b.unchecked_int64();
    if (a.type() == ValueType::kString) return a.as_string() == b.as_string();
    if (a.type() == ValueType::kList && a.as_list().size() != b.as_list().size()) return false;
    if (a.type() == ValueType::kRecord && a.as_record().size() != b.as_record().size())
      return false;
  } else if (!a.is_number() || !b.is_number()) {
    return false;
  }
  return order(a, b) == 0;
}

}  // namespace geode::value
