#pragma once

// Values as the runners of all engines write them, so that their answers can be compared.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <geode/geode.hpp>

namespace geode::bench {

/// Whole numbers plainly, others with six digits.
inline std::string number_text(double number) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, number == std::floor(number) ? "%.0f" : "%.6f", number);
  return buffer;
}

inline std::string value_text(const ColumnView& view, std::size_t row) {
  if (view.nulls != nullptr && view.nulls[row] != 0) return "null";
  switch (view.kind) {
    case ColumnView::Kind::kBool:
      return view.as<std::uint8_t>()[row] != 0 ? "1" : "0";
    case ColumnView::Kind::kInt64:
      return std::to_string(view.as<std::int64_t>()[row]);
    case ColumnView::Kind::kFloat64:
      return number_text(view.as<double>()[row]);
    case ColumnView::Kind::kString:
      return std::string(view.as<std::string_view>()[row]);
    case ColumnView::Kind::kValue:
      break;
  }
  const Value& value = view.as<Value>()[row];
  if (value.is_null()) return "null";
  if (value.type() == ValueType::kString) return std::string(value.as_string());
  if (value.type() == ValueType::kInt64) return std::to_string(value.as_int64());
  return value.is_number() ? number_text(value.as_number()) : value.to_string();
}

}  // namespace geode::bench
