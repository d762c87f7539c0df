#include "verify/column_values.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace geode::verifier {

namespace {

using graph::ColumnEncoding;
using graph::ColumnHeader;
using graph::ColumnView;

/// As the encoder writes them: the first 8 bytes, big-endian; doubles by their sortable bits.
std::int64_t string_zone(std::string_view text) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    out = out << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  }
  return static_cast<std::int64_t>(out);
}

std::int64_t float_zone(double value) {
  std::int64_t bits;
  std::memcpy(&bits, &value, 8);
  return bits < 0 ? bits ^ INT64_MAX : bits;
}

bool tag_fits(const ColumnView& view) {
  switch (view.encoding()) {
    case ColumnEncoding::kConstant:
      return graph::integer_like(view.tag()) || view.tag() == ValueType::kString ||
             view.tag() == ValueType::kBool || view.tag() == ValueType::kFloat64;
    case ColumnEncoding::kFloat64:
      return view.tag() == ValueType::kFloat64;
    case ColumnEncoding::kBool:
      return view.tag() == ValueType::kBool;
    case ColumnEncoding::kDictionary8:
    case ColumnEncoding::kDictionary16:
    case ColumnEncoding::kString:
      return view.tag() == ValueType::kString;
    case ColumnEncoding::kMixed:
      return view.tag() == ValueType::kNull;
    default:
      return graph::integer_like(view.tag());
  }
}

std::int64_t zone_of(const ColumnView& view, std::uint32_t entry) {
  switch (view.tag()) {
    case ValueType::kString:
      return string_zone(view.string(entry));
    case ValueType::kFloat64:
      return float_zone(view.real(entry));
    case ValueType::kBool:
      return view.boolean(entry) ? 1 : 0;
    default:
      return view.integer(entry);
  }
}

}  // namespace

std::string check_column_values(const ColumnView& view) {
  const ColumnHeader& header = view.header();
  if (!tag_fits(view)) return "values of a type that its encoding does not have";
  const bool coded = view.coded();
  if (coded) {
    std::vector<std::string_view> words(header.dictionary_size);
    view.dictionary(words.data());
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i] <= words[i - 1]) return "a dictionary in no order";
    }
  }
  const bool mixed = view.encoding() == ColumnEncoding::kMixed;
  const bool zone = (header.flags & ColumnHeader::kHasZone) != 0 && !mixed;
  const bool text = view.tag() == ValueType::kString;
  const auto less = [&](std::int64_t a, std::int64_t b) {
    return text ? static_cast<std::uint64_t>(a) < static_cast<std::uint64_t>(b) : a < b;
  };
  std::uint32_t absent = 0;
  std::optional<std::int64_t> least, greatest;
  for (std::uint32_t row = 0; row < header.rows; ++row) {
    const std::uint32_t entry = view.entry(row);
    if (entry == ColumnView::kAbsent) {
      ++absent;
    } else if (zone) {
      const std::int64_t value = zone_of(view, entry);
      if (!least || less(value, *least)) least = value;
      if (!greatest || less(*greatest, value)) greatest = value;
    } else if (mixed && !view.is_long(entry)) {
      view.value(entry);  // throws when it cannot be read
    }
  }
  if (absent != header.nulls) {
    return std::to_string(header.nulls) + " rows without a value, of which " +
           std::to_string(absent) + " are there";
  }
  if (zone && least && (header.minimum != *least || header.maximum != *greatest)) {
    return "values from " + std::to_string(*least) + " to " + std::to_string(*greatest) +
           ", and a zone map of " + std::to_string(header.minimum) + " to " +
           std::to_string(header.maximum);
  }
  return "";
}

}  // namespace geode::verifier
