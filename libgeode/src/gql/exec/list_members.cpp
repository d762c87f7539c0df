#include "gql/exec/list_members.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/running_limits.hpp"
#include "value/compare.hpp"
#include "value/decimal.hpp"

namespace geode::gql::exec {

namespace {

/// Looking at each of so few costs less than hashing.
constexpr std::size_t kFew = 8;

/// Of these types, two values are equal exactly when they are the same(), but for NaN.
bool is_simple(ValueType type) {
  switch (type) {
    case ValueType::kBool:
    case ValueType::kInt64:
    case ValueType::kFloat64:
    case ValueType::kDecimal:
    case ValueType::kString:
    case ValueType::kBytes:
    case ValueType::kDate:
    case ValueType::kLocalDateTime:
      return true;
    default:
      return false;
  }
}

bool is_nan(const Value& value) {
  return value.type() == ValueType::kFloat64 && std::isnan(value.unchecked_float64());
}

/// The integer that a number of another type is equal to.
std::optional<std::int64_t> equal_integer(const Value& value) {
  std::optional<std::int64_t> near;
  if (value.type() == ValueType::kFloat64) {
    constexpr double kBound = 9223372036854775808.0;
    const double number = value.unchecked_float64();
    if (number >= -kBound && number < kBound) near = static_cast<std::int64_t>(number);
  } else if (value.type() == ValueType::kDecimal) {
    near = value::to_int64(value.as_decimal());
  }
  return near && value::equals(value, Value(*near)) == true ? near : std::nullopt;
}

}  // namespace

void throw_no_list(const Value& value, Position position) {
  throw Error(status::kInvalidValueType,
              "IN expects a list, got " + std::string(type_name(value.type())), position)
      .category("TypeError", "InvalidArgumentType");
}

bool ListMembers::Same::operator()(const Value& a, const Value& b) const {
  return value::same(a, b);
}

ListMembers::ListMembers(const List& list, base::MemoryBudget* memory)
    : empty_(list.empty()), charge_(memory) {
  constexpr std::uint64_t kBytesEach = 64;
  charge_.set(list.size() * kBytesEach);
  for (const Value& element : list) {
    if (element.is_null()) {
      has_null_ = true;
    } else if (element.type() != ValueType::kInt64) {
      only_integers_ = false;
    }
  }
  std::vector<std::int64_t> found;
  for (const Value& element : list) {
    base::poll_interrupt_seldom();
    if (element.is_null() || is_nan(element)) continue;
    if (only_integers_) {
      found.push_back(element.unchecked_int64());
    } else if (is_simple(element.type())) {
      simple_.insert(element);
    } else {
      others_.push_back(element);
    }
  }
  if (found.size() <= kFew) {
    integers_ = std::move(found);
    return;
  }
  const std::size_t places = std::bit_ceil(found.size() * 2);
  integers_.resize(places);
  taken_.resize(places);
  for (const std::int64_t value : found) {
    std::size_t at = value::hash_int64(value) & (places - 1);
    while (taken_[at] != 0 && integers_[at] != value) at = (at + 1) & (places - 1);
    taken_[at] = 1;
    integers_[at] = value;
  }
}

bool ListMembers::contains_integer(std::int64_t value) const {
  if (taken_.empty())
    return std::find(integers_.begin(), integers_.end(), value) != integers_.end();
  const std::size_t mask = taken_.size() - 1;
  for (std::size_t at = value::hash_int64(value) & mask; taken_[at] != 0; at = (at + 1) & mask) {
    if (integers_[at] == value) return true;
  }
  return false;
}

std::optional<bool> ListMembers::contains(const Value& value) const {
  if (empty_) return false;
  if (value.is_null()) return std::nullopt;
  bool unknown = has_null_;
  if (only_integers_ && value.type() == ValueType::kInt64) {
    if (contains_integer(value.unchecked_int64())) return true;
  } else if (only_integers_) {
    const std::optional<std::int64_t> integer = equal_integer(value);
    if (integer && contains_integer(*integer)) return true;
  } else if (is_simple(value.type()) && !is_nan(value) && simple_.contains(value)) {
    return true;
  }
  for (const Value& other : others_) {
    const std::optional<bool> equal = value::equals(value, other);
    if (equal == true) return true;
    unknown = unknown || !equal;
  }
  if (unknown) return std::nullopt;
  return false;
}

void ListMembers::test(const value::Vector& values, std::span<const std::uint32_t> rows,
                       value::Vector& out) const {
  out.reset(value::Physical::kBool);
  std::uint8_t* to = out.mutable_data<std::uint8_t>();
  if (only_integers_ && !has_null_ && values.physical() == value::Physical::kInt64 &&
      !values.may_have_nulls()) {
    for (const std::uint32_t row : rows)
      to[row] = contains_integer(values.at<std::int64_t>(row)) ? 1 : 0;
    return;
  }
  for (const std::uint32_t row : rows) {
    base::poll_interrupt_seldom();
    const std::optional<bool> found = contains(values.get(row));
    if (found) {
      to[row] = *found ? 1 : 0;
    } else {
      out.set_null(row);
    }
  }
}

}  // namespace geode::gql::exec
