#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

#include "graph/chunk/column_chunk.hpp"

// Tests of values where they lie: of an encoding that keeps the order (numbers less a base, codes
// of a sorted dictionary) a comparison with a constant becomes an interval of what is stored, and
// the loops look at a byte or two a row.

namespace geode::graph {

namespace {

using Kind = ValueTest::Kind;

/// Those in [low, high] pass, or, when `outside`, the others. low > high: there are none in it.
struct Interval {
  std::int64_t low = 1, high = 0;
  bool outside = false;
};

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kGreatest = std::numeric_limits<std::int64_t>::max();

/// Of numbers from `least` to `greatest`; c: the constant, or when it is none of them (not
/// `is_there`), the least that is greater.
Interval interval_of(Kind kind, std::int64_t least, std::int64_t greatest, std::int64_t c,
                     bool is_there) {
  switch (kind) {
    case Kind::kEqual:
    case Kind::kAmong:
      return is_there ? Interval{c, c, false} : Interval{};
    case Kind::kNotEqual:
      return is_there ? Interval{c, c, true} : Interval{1, 0, true};
    case Kind::kLess:
      return c == kLeast ? Interval{} : Interval{least, c - 1, false};
    case Kind::kLessOrEqual:
      if (is_there) return {least, c, false};
      return c == kLeast ? Interval{} : Interval{least, c - 1, false};
    case Kind::kGreater:
      if (!is_there) return {c, greatest, false};
      return c == kGreatest ? Interval{} : Interval{c + 1, greatest, false};
    case Kind::kGreaterOrEqual:
      return {c, greatest, false};
  }
  return {};
}

template <class T>
void keep_within(const std::byte* data, std::uint32_t count, T low, T width, bool outside,
                 std::uint8_t* __restrict mask) {
  const T* from = reinterpret_cast<const T*>(data);
  const std::uint8_t flip = outside ? 1 : 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    mask[i] &= static_cast<std::uint8_t>(static_cast<T>(from[i] - low) <= width ? 1 : 0) ^ flip;
  }
}

/// Stored are numbers less `base`.
template <class T>
void keep_offsets(const std::byte* data, std::uint32_t first, std::uint32_t count,
                  std::int64_t base, const Interval& interval, std::uint8_t* mask) {
  const __int128 low = std::max<__int128>(static_cast<__int128>(interval.low) - base, 0);
  const __int128 high = std::min<__int128>(static_cast<__int128>(interval.high) - base,
                                           std::numeric_limits<T>::max());
  if (interval.low > interval.high || low > high) {
    if (!interval.outside) std::memset(mask, 0, count);
    return;
  }
  keep_within<T>(data + first * sizeof(T), count, static_cast<T>(low), static_cast<T>(high - low),
                 interval.outside, mask);
}

/// Calls `with` the comparison.
template <class With>
void choose(Kind kind, With with) {
  switch (kind) {
    case Kind::kEqual:
    case Kind::kAmong:
      return with(std::equal_to<>());
    case Kind::kNotEqual:
      return with(std::not_equal_to<>());
    case Kind::kLess:
      return with(std::less<>());
    case Kind::kLessOrEqual:
      return with(std::less_equal<>());
    case Kind::kGreater:
      return with(std::greater<>());
    case Kind::kGreaterOrEqual:
      return with(std::greater_equal<>());
  }
}

}  // namespace

bool ColumnView::can_test(const ValueTest& test) const {
  if (sparse_rows_ != nullptr || encoding() == ColumnEncoding::kMixed ||
      encoding() == ColumnEncoding::kRuns)
    return false;
  const bool equality =
      test.kind == Kind::kEqual || test.kind == Kind::kNotEqual || test.kind == Kind::kAmong;
  if (tag() == ValueType::kBool && !equality) return false;
  return std::all_of(test.constants.begin(), test.constants.end(), [&](const Value& constant) {
    std::int64_t integer = 0;
    return constant.type() == tag() && (!integer_like(tag()) || to_integer(constant, integer));
  });
}

std::uint32_t ColumnView::rows_tested_for_one() const {
  switch (encoding()) {
    case ColumnEncoding::kConstant:
    case ColumnEncoding::kFor8:
    case ColumnEncoding::kDictionary8:
      return 64;
    case ColumnEncoding::kFor16:
    case ColumnEncoding::kDictionary16:
      return 32;
    case ColumnEncoding::kString:
      return 1;
    default:
      return tag() == ValueType::kBool ? 64 : 8;
  }
}

void ColumnView::test_integers(std::uint32_t first, std::uint32_t count, Kind kind,
                               std::int64_t constant, std::uint8_t* mask) const {
  const Interval interval = interval_of(kind, kLeast, kGreatest, constant, true);
  const bool zone = (header_.flags & ColumnHeader::kHasZone) != 0;
  const std::int64_t least = zone ? header_.minimum : kLeast;
  const std::int64_t greatest = zone ? header_.maximum : kGreatest;
  const bool empty = interval.low > interval.high;
  if (empty || interval.low > greatest || interval.high < least) {
    if (!interval.outside) std::memset(mask, 0, count);
    return;
  }
  if (interval.low <= least && interval.high >= greatest) {
    if (interval.outside) std::memset(mask, 0, count);
    return;
  }
  switch (encoding()) {
    case ColumnEncoding::kConstant: {
      const bool within = interval.low <= header_.base && header_.base <= interval.high;
      if (within == interval.outside) std::memset(mask, 0, count);
      return;
    }
    case ColumnEncoding::kFor8:
      return keep_offsets<std::uint8_t>(data_, first, count, header_.base, interval, mask);
    case ColumnEncoding::kFor16:
      return keep_offsets<std::uint16_t>(data_, first, count, header_.base, interval, mask);
    case ColumnEncoding::kFor32:
      return keep_offsets<std::uint32_t>(data_, first, count, header_.base, interval, mask);
    default:
      return keep_within<std::uint64_t>(
          data_ + first * std::size_t{8}, count, static_cast<std::uint64_t>(interval.low),
          static_cast<std::uint64_t>(interval.high) - static_cast<std::uint64_t>(interval.low),
          interval.outside, mask);
  }
}

void ColumnView::test_strings(std::uint32_t first, std::uint32_t count, Kind kind,
                              std::string_view constant, std::uint8_t* mask) const {
  if (coded()) {
    std::uint32_t below = 0;
    for (std::uint32_t size = header_.dictionary_size; size > 0;) {
      const std::uint32_t half = size / 2;
      if (text_at(below + half) < constant) {
        below += half + 1;
        size -= half + 1;
      } else {
        size = half;
      }
    }
    const bool is_there = below < header_.dictionary_size && text_at(below) == constant;
    const Interval interval =
        interval_of(kind, 0, std::int64_t{header_.dictionary_size} - 1, below, is_there);
    if (encoding() == ColumnEncoding::kDictionary8)
      return keep_offsets<std::uint8_t>(data_, first, count, 0, interval, mask);
    return keep_offsets<std::uint16_t>(data_, first, count, 0, interval, mask);
  }
  if (encoding() == ColumnEncoding::kConstant) {
    choose(kind, [&](auto holds) {
      if (!holds(text_at(0), constant)) std::memset(mask, 0, count);
    });
    return;
  }
  if (kind == Kind::kEqual || kind == Kind::kAmong) {
    // Most texts are of another length.
    for (std::uint32_t i = 0; i < count; ++i) {
      const bool same = offsets_[first + i + 1] - offsets_[first + i] == constant.size() &&
                        text_at(first + i) == constant;
      mask[i] &= same ? 1 : 0;
    }
    return;
  }
  choose(kind, [&](auto holds) {
    for (std::uint32_t i = 0; i < count; ++i)
      mask[i] &= holds(text_at(first + i), constant) ? 1 : 0;
  });
}

void ColumnView::test_one(std::uint32_t first, std::uint32_t count, Kind kind,
                          const Value& constant, std::uint8_t* mask) const {
  if (integer_like(tag())) {
    std::int64_t integer = 0;
    to_integer(constant, integer);
    test_integers(first, count, kind, integer, mask);
  } else if (tag() == ValueType::kString) {
    test_strings(first, count, kind, constant.as_string(), mask);
  } else if (tag() == ValueType::kBool) {
    const bool wanted = constant.as_bool() == (kind != Kind::kNotEqual);
    if (encoding() == ColumnEncoding::kConstant) {
      if ((header_.base != 0) != wanted) std::memset(mask, 0, count);
      return;
    }
    const auto* from = reinterpret_cast<const std::uint8_t*>(data_) + first;
    const std::uint8_t flip = wanted ? 0 : 1;
    for (std::uint32_t i = 0; i < count; ++i)
      mask[i] &= static_cast<std::uint8_t>(from[i] != 0 ? 1 : 0) ^ flip;
  } else {
    const double right = constant.unchecked_float64();
    choose(kind, [&](auto holds) {
      if (encoding() == ColumnEncoding::kConstant) {
        if (!holds(real(first), right)) std::memset(mask, 0, count);
        return;
      }
      const double* from = reinterpret_cast<const double*>(data_) + first;
      for (std::uint32_t i = 0; i < count; ++i) mask[i] &= holds(from[i], right) ? 1 : 0;
    });
  }
}

void ColumnView::test(std::uint32_t first, std::uint32_t count, const ValueTest& test,
                      std::uint8_t* mask) const {
  if (test.kind == Kind::kAmong && test.constants.size() != 1) {
    std::vector<std::uint8_t> one(count), any(count, 0);
    for (const Value& constant : test.constants) {
      std::fill(one.begin(), one.end(), std::uint8_t{1});
      test_one(first, count, Kind::kEqual, constant, one.data());
      for (std::uint32_t i = 0; i < count; ++i) any[i] |= one[i];
    }
    for (std::uint32_t i = 0; i < count; ++i) mask[i] &= any[i];
  } else {
    test_one(first, count, test.kind, test.constants[0], mask);
  }
  if (present_ == nullptr) return;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t row = first + i;
    mask[i] &= static_cast<std::uint8_t>(present_[row >> 6] >> (row & 63) & 1);
  }
}

bool ColumnView::same_dictionary(const ColumnView& other) const {
  return header_.dictionary_size == other.header_.dictionary_size &&
         std::equal(offsets_, offsets_ + header_.dictionary_size + 1, other.offsets_) &&
         std::memcmp(text_, other.text_, text_size_) == 0;
}

}  // namespace geode::graph
