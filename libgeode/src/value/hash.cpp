#include "value/hash.hpp"

#include <cmath>
#include <cstring>

#include "base/running_limits.hpp"
#include "value/compare.hpp"
#include "value/decimal.hpp"

namespace geode::value {

namespace {

constexpr std::uint64_t kNanHash = 0x4e614e4e614e4e61ULL;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

/// Start of the hash of a value with parts, so that [] and {} differ.
constexpr std::uint64_t type_seed(ValueType type) {
  return mix(0x67656f64650000ULL + static_cast<std::uint64_t>(type));
}

std::uint64_t hash_parts(ValueType type, std::uint64_t a, std::uint64_t b) {
  return combine_hash(combine_hash(type_seed(type), a), b);
}

std::uint64_t hash_record(const Record& record) {
  // A sum, as the order of the fields does not count.
  std::uint64_t sum = 0;
  for (const auto& [name, value] : record) sum += combine_hash(hash_string(name), hash(value));
  return combine_hash(type_seed(ValueType::kRecord), sum);
}

std::uint64_t hash_path(const Path& path) {
  std::uint64_t result = type_seed(ValueType::kPath);
  for (const Value& node : path.nodes) result = combine_hash(result, hash(node));
  for (const Value& edge : path.edges) result = combine_hash(result, hash(edge));
  return result;
}

}  // namespace

std::uint64_t hash_float64(double value) {
  if (value >= -9223372036854775808.0 && value < 9223372036854775808.0) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) == value) return hash_int64(whole);
  }
  if (std::isnan(value)) return kNanHash;
  return mix(std::bit_cast<std::uint64_t>(value));
}

std::uint64_t hash_string(std::string_view text) {
  // Eight bytes at a time; the tail is read as one padded word. The length tells "a" from "a\0".
  std::uint64_t result = 0x737472696e670000ULL ^ text.size();
  const char* at = text.data();
  std::size_t left = text.size();
  while (left >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    result = (result ^ word) * 0x9fb21c651e98df25ULL;
    result ^= result >> 32;
    at += 8;
    left -= 8;
  }
  std::uint64_t tail = 0;
  if (left > 0) std::memcpy(&tail, at, left);
  return mix(result ^ tail);
}

std::uint64_t hash(const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
      return kNullHash;
    case ValueType::kBool:
      return hash_bool(value.unchecked_int64() != 0);
    case ValueType::kInt64:
      return hash_int64(value.unchecked_int64());
    case ValueType::kFloat64:
      return hash_float64(value.unchecked_float64());
    case ValueType::kDecimal:
      return hash_decimal(value.as_decimal());
    case ValueType::kDate:
    case ValueType::kLocalTime:
      return combine_hash(type_seed(value.type()),
                          static_cast<std::uint64_t>(value.unchecked_int64()));
    case ValueType::kZonedTime: {
      const ZonedTime time = value.as_zoned_time();
      return combine_hash(
          type_seed(value.type()),
          static_cast<std::uint64_t>(time.nanoseconds - time.offset_seconds * kNanosPerSecond));
    }
    case ValueType::kLocalDateTime: {
      const LocalDateTime time = value.as_local_datetime();
      return hash_parts(value.type(), static_cast<std::uint64_t>(time.seconds),
                        static_cast<std::uint64_t>(time.nanoseconds));
    }
    case ValueType::kZonedDateTime: {
      const ZonedDateTime& time = value.as_zoned_datetime();
      return hash_parts(value.type(), static_cast<std::uint64_t>(time.seconds),
                        static_cast<std::uint64_t>(time.nanoseconds));
    }
    case ValueType::kDuration: {
      const Duration& duration = value.as_duration();
      return combine_hash(hash_parts(value.type(), static_cast<std::uint64_t>(duration.months),
                                     static_cast<std::uint64_t>(duration.days)),
                          static_cast<std::uint64_t>(duration.seconds) * 31 +
                              static_cast<std::uint64_t>(duration.nanoseconds));
    }
    case ValueType::kString:
      return hash_string(value.as_string());
    case ValueType::kBytes:
      return combine_hash(type_seed(value.type()), hash_string(value.as_bytes()));
    case ValueType::kList: {
      base::poll_interrupt_seldom();
      std::uint64_t result = type_seed(value.type());
      for (const Value& item : value.as_list()) result = combine_hash(result, hash(item));
      return result;
    }
    case ValueType::kRecord:
      return hash_record(value.as_record());
    case ValueType::kNode:
      return hash_node(value.node_id());
    case ValueType::kEdge:
      return hash_edge(value.as_edge().id);
    case ValueType::kPath:
      return hash_path(value.as_path());
    case ValueType::kGraph:
      return combine_hash(type_seed(value.type()), static_cast<std::uint64_t>(value.as_graph().id));
  }
  return kNullHash;
}

std::uint64_t hash_row(const Vector& vector, std::uint32_t row) {
  if (vector.is_null(row)) return kNullHash;
  switch (vector.physical()) {
    case Physical::kBool:
      return hash_bool(vector.at<std::uint8_t>(row) != 0);
    case Physical::kInt64:
      return hash_int64(vector.at<std::int64_t>(row));
    case Physical::kFloat64:
      return hash_float64(vector.at<double>(row));
    case Physical::kString:
      return hash_string(vector.at<std::string_view>(row));
    case Physical::kNode:
      return hash_node(vector.at<NodeId>(row));
    case Physical::kEdge:
      return hash_edge(vector.at<EdgeRef>(row).id);
    case Physical::kAny:
      return hash(vector.at<Value>(row));
  }
  return kNullHash;
}

void combine_hashes(const Vector& vector, std::span<std::uint64_t> hashes) {
  if (vector.is_constant()) {
    const std::uint64_t constant = hash_row(vector, 0);
    for (std::uint64_t& hash : hashes) hash = combine_hash(hash, constant);
    return;
  }
  const auto rows = static_cast<std::uint32_t>(hashes.size());
  if (vector.is_flat() && !vector.may_have_nulls()) {
    if (vector.physical() == Physical::kInt64) {
      const auto* data = vector.data<std::int64_t>();
      for (std::uint32_t i = 0; i < rows; ++i)
        hashes[i] = combine_hash(hashes[i], hash_int64(data[i]));
      return;
    }
    if (vector.physical() == Physical::kNode) {
      const auto* data = vector.data<NodeId>();
      for (std::uint32_t i = 0; i < rows; ++i)
        hashes[i] = combine_hash(hashes[i], hash_node(data[i]));
      return;
    }
  }
  for (std::uint32_t i = 0; i < rows; ++i) hashes[i] = combine_hash(hashes[i], hash_row(vector, i));
}

bool same_rows(const Vector& a, std::uint32_t row_a, const Vector& b, std::uint32_t row_b) {
  const bool a_null = a.is_null(row_a);
  if (a_null || b.is_null(row_b)) return a_null && b.is_null(row_b);
  if (a.physical() != b.physical()) return same(a.get(row_a), b.get(row_b));
  switch (a.physical()) {
    case Physical::kBool:
      return a.at<std::uint8_t>(row_a) == b.at<std::uint8_t>(row_b);
    case Physical::kInt64:
      return a.at<std::int64_t>(row_a) == b.at<std::int64_t>(row_b);
    case Physical::kFloat64: {
      const double x = a.at<double>(row_a), y = b.at<double>(row_b);
      return x == y || (std::isnan(x) && std::isnan(y));
    }
    case Physical::kString:
      return a.at<std::string_view>(row_a) == b.at<std::string_view>(row_b);
    case Physical::kNode:
      return a.at<NodeId>(row_a) == b.at<NodeId>(row_b);
    case Physical::kEdge:
      return a.at<EdgeRef>(row_a) == b.at<EdgeRef>(row_b);
    case Physical::kAny:
      return same(a.at<Value>(row_a), b.at<Value>(row_b));
  }
  return false;
}

}  // namespace geode::value
