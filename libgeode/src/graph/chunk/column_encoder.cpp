#include "graph/chunk/column_encoder.hpp"

#include <algorithm>
#include <cstring>

#include "base/crc32c.hpp"
#include "storage/value_codec.hpp"
#include "value/hash.hpp"

namespace geode::graph {
namespace {

// The sparse form pays when fewer than one row in this many has a value.
constexpr std::uint32_t kSparseRatio = 8;
// Runs of at least so many entries on average are stored as runs: fewer bytes than with one byte
// for each entry, and few enough of them to be searched through.
constexpr std::uint32_t kRunRatio = 12;

/// Bits whose signed order is the order of the doubles (NaN above all).
std::int64_t sortable(double value) {
  std::int64_t bits;
  std::memcpy(&bits, &value, 8);
  return bits < 0
             ? static_cast<std::int64_t>(~static_cast<std::uint64_t>(bits) ^ 0x8000000000000000u)
             : bits;
}

std::int64_t prefix(std::string_view text) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    bits = bits << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  }
  return static_cast<std::int64_t>(bits);
}

template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

void pad(std::string& out, std::size_t offset, std::size_t alignment) {
  while ((offset + out.size()) % alignment != 0) out.push_back('\0');
}

}  // namespace

void ColumnEncoder::clear() {
  tags_->fill(0);
  text_.clear();
  others_.clear();
}

void ColumnEncoder::set_float(std::uint32_t row, double value) {
  (*tags_)[row] = static_cast<std::uint8_t>(ValueType::kFloat64);
  std::memcpy(&(*payloads_)[row], &value, 8);
}

void ColumnEncoder::set_string(std::uint32_t row, std::string_view text) {
  (*tags_)[row] = static_cast<std::uint8_t>(ValueType::kString);
  (*payloads_)[row] = std::uint64_t{text_.size()} << 32 | text.size();
  text_.append(text);
}

void ColumnEncoder::set(std::uint32_t row, const Value& value) {
  std::int64_t integer = 0;
  if (value.is_null()) {
    remove(row);
  } else if (to_integer(value, integer)) {
    set_integer(row, value.type(), integer);
  } else if (value.type() == ValueType::kFloat64) {
    set_float(row, value.unchecked_float64());
  } else if (value.type() == ValueType::kBool) {
    set_integer(row, ValueType::kBool, value.as_bool() ? 1 : 0);
  } else if (value.type() == ValueType::kString) {
    set_string(row, value.as_string());
  } else {
    // A datetime with nanoseconds shares its tag with integer-like ones, so others_ is told by
    // kList's tag.
    (*tags_)[row] = static_cast<std::uint8_t>(ValueType::kList);
    (*payloads_)[row] = others_.size();
    others_.push_back(value);
  }
}

void ColumnEncoder::set(std::uint32_t row, const value::Vector& vector, std::uint32_t from) {
  if (vector.is_null(from)) {
    remove(row);
    return;
  }
  switch (vector.physical()) {
    case value::Physical::kInt64:
      set_integer(row, ValueType::kInt64, vector.at<std::int64_t>(from));
      return;
    case value::Physical::kFloat64:
      set_float(row, vector.at<double>(from));
      return;
    case value::Physical::kString:
      set_string(row, vector.at<std::string_view>(from));
      return;
    case value::Physical::kBool:
      set_integer(row, ValueType::kBool, vector.at<std::uint8_t>(from) != 0 ? 1 : 0);
      return;
    case value::Physical::kNode:
    case value::Physical::kEdge:
    case value::Physical::kAny:
      set(row, vector.get(from));
      return;
  }
}

void ColumnEncoder::load(const ColumnView& view) {
  clear();
  for (std::uint32_t row = 0; row < view.header().rows; ++row) {
    const std::uint32_t entry = view.entry(row);
    if (entry == ColumnView::kAbsent) continue;
    if (view.is_long(entry)) {
      (*tags_)[row] = kLongTag;
    } else if (view.encoding() == ColumnEncoding::kMixed) {
      set(row, view.value(entry));
    } else if (view.tag() == ValueType::kString) {
      set_string(row, view.string(entry));
    } else if (view.tag() == ValueType::kFloat64) {
      set_float(row, view.real(entry));
    } else if (view.tag() == ValueType::kBool) {
      set_integer(row, ValueType::kBool, view.boolean(entry) ? 1 : 0);
    } else {
      set_integer(row, view.tag(), view.integer(entry));
    }
  }
}

std::uint32_t ColumnEncoder::count() const {
  return static_cast<std::uint32_t>(
      std::count_if(tags_->begin(), tags_->end(), [](std::uint8_t tag) { return tag != 0; }));
}

bool ColumnEncoder::too_long(std::uint32_t row, std::size_t limit) const {
  const auto tag = (*tags_)[row];
  if (tag == static_cast<std::uint8_t>(ValueType::kString)) {
    return ((*payloads_)[row] & 0xffffffffu) > limit;
  }
  if (tag != static_cast<std::uint8_t>(ValueType::kList)) return false;
  std::string bytes;
  storage::encode_value(others_[(*payloads_)[row]], bytes);
  return bytes.size() > limit;
}

Value ColumnEncoder::get(std::uint32_t row) const {
  const auto tag = static_cast<ValueType>((*tags_)[row]);
  const std::uint64_t payload = (*payloads_)[row];
  switch (tag) {
    case ValueType::kNull:
      return {};
    case ValueType::kBool:
      return payload != 0;
    case ValueType::kString:
      return Value(text(row));
    case ValueType::kList:
      return others_[payload];
    case ValueType::kFloat64: {
      double value;
      std::memcpy(&value, &payload, 8);
      return value;
    }
    default:
      return from_integer(tag, static_cast<std::int64_t>(payload));
  }
}

/// Rows without a value within the chunk go on with the run they are in.
bool ColumnEncoder::encode_runs(ColumnHeader& header, std::string& data) const {
  std::vector<std::uint32_t> values;
  std::vector<std::uint16_t> ends;
  std::uint32_t entries = 0;
  each_entry(header, [&](std::uint32_t row) {
    const auto value =
        static_cast<std::uint32_t>((*payloads_)[row] - static_cast<std::uint64_t>(header.base));
    if ((*tags_)[row] != 0 && (values.empty() || values.back() != value)) {
      if (!values.empty()) ends.push_back(static_cast<std::uint16_t>(entries));
      values.push_back(value);
    }
    ++entries;
  });
  if (values.size() > entries / kRunRatio) return false;
  ends.push_back(static_cast<std::uint16_t>(entries));
  header.encoding = static_cast<std::uint8_t>(ColumnEncoding::kRuns);
  header.dictionary_size = static_cast<std::uint32_t>(values.size());
  data.append(reinterpret_cast<const char*>(values.data()), values.size() * 4);
  data.append(reinterpret_cast<const char*>(ends.data()), ends.size() * 2);
  return true;
}

void ColumnEncoder::encode_integers(ColumnHeader& header, std::string& data) const {
  const Tags& tags = *tags_;
  const Payloads& payloads = *payloads_;
  std::int64_t least = INT64_MAX, greatest = INT64_MIN;
  for (std::uint32_t row = 0; row < header.rows; ++row) {
    if (tags[row] == 0) continue;
    const auto value = static_cast<std::int64_t>(payloads[row]);
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  header.flags |= ColumnHeader::kHasZone;
  header.minimum = least;
  header.maximum = greatest;
  header.base = least;
  if (least == greatest) {
    header.encoding = static_cast<std::uint8_t>(ColumnEncoding::kConstant);
    return;
  }
  const std::uint64_t width =
      static_cast<std::uint64_t>(greatest) - static_cast<std::uint64_t>(least);
  if (width <= UINT32_MAX && encode_runs(header, data)) return;
  const auto write = [&]<class T>(T, ColumnEncoding encoding) {
    header.encoding = static_cast<std::uint8_t>(encoding);
    const std::uint64_t base =
        encoding == ColumnEncoding::kInt64 ? 0 : static_cast<std::uint64_t>(least);
    if (encoding == ColumnEncoding::kInt64) header.base = 0;
    each_entry(header, [&](std::uint32_t row) {
      append(data, static_cast<T>(tags[row] == 0 ? 0 : payloads[row] - base));
    });
  };
  if (width <= UINT8_MAX) {
    write(std::uint8_t{}, ColumnEncoding::kFor8);
  } else if (width <= UINT16_MAX) {
    write(std::uint16_t{}, ColumnEncoding::kFor16);
  } else if (width <= UINT32_MAX) {
    write(std::uint32_t{}, ColumnEncoding::kFor32);
  } else {
    write(std::uint64_t{}, ColumnEncoding::kInt64);
  }
}

void ColumnEncoder::encode_strings(ColumnHeader& header, std::string& data,
                                   std::size_t data_offset) {
  const Tags& tags = *tags_;
  // Distinct values by open addressing; a table of 8192 slots stays at most half full.
  constexpr std::uint32_t kSlots = 2 * kExtentRows;
  std::vector<std::uint32_t> slots(kSlots, UINT32_MAX);
  std::vector<std::uint32_t> first_rows;
  std::vector<std::uint16_t> codes(header.rows, 0);
  std::size_t distinct_bytes = 0, all_bytes = 0;
  for (std::uint32_t row = 0; row < header.rows; ++row) {
    if (tags[row] == 0) continue;
    const std::string_view here = text(row);
    all_bytes += here.size();
    std::uint32_t slot = static_cast<std::uint32_t>(value::hash_string(here)) & (kSlots - 1);
    while (slots[slot] != UINT32_MAX && text(first_rows[slots[slot]]) != here) {
      slot = (slot + 1) & (kSlots - 1);
    }
    if (slots[slot] == UINT32_MAX) {
      slots[slot] = static_cast<std::uint32_t>(first_rows.size());
      first_rows.push_back(row);
      distinct_bytes += here.size();
    }
    codes[row] = static_cast<std::uint16_t>(slots[slot]);
  }
  const auto distinct = static_cast<std::uint32_t>(first_rows.size());
  const std::uint32_t present = header.rows - header.nulls;
  std::vector<std::uint32_t> order(distinct);
  for (std::uint32_t i = 0; i < distinct; ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return text(first_rows[a]) < text(first_rows[b]);
  });
  header.flags |= ColumnHeader::kHasZone;
  header.minimum = prefix(text(first_rows[order.front()]));
  header.maximum = prefix(text(first_rows[order.back()]));
  const std::size_t code_bytes = distinct <= 256 ? 1 : 2;
  const bool dictionary = distinct * 4 + distinct_bytes + present * code_bytes <
                          (present * std::size_t{4} + all_bytes) * 3 / 4;
  std::uint32_t at = 0;
  if (distinct == 1 || dictionary) {
    header.dictionary_size = distinct;
    for (const std::uint32_t index : order) {
      append(data, at);
      at += static_cast<std::uint32_t>(text(first_rows[index]).size());
    }
    append(data, at);
    for (const std::uint32_t index : order) data.append(text(first_rows[index]));
    if (distinct == 1) {
      header.encoding = static_cast<std::uint8_t>(ColumnEncoding::kConstant);
      return;
    }
    pad(data, data_offset, 8);
    std::vector<std::uint16_t> rank(distinct);
    for (std::uint32_t i = 0; i < distinct; ++i) rank[order[i]] = static_cast<std::uint16_t>(i);
    header.encoding = static_cast<std::uint8_t>(code_bytes == 1 ? ColumnEncoding::kDictionary8
                                                                : ColumnEncoding::kDictionary16);
    each_entry(header, [&](std::uint32_t row) {
      const std::uint16_t code = tags[row] == 0 ? 0 : rank[codes[row]];
      if (code_bytes == 1) {
        append(data, static_cast<std::uint8_t>(code));
      } else {
        append(data, code);
      }
    });
    return;
  }
  header.encoding = static_cast<std::uint8_t>(ColumnEncoding::kString);
  each_entry(header, [&](std::uint32_t row) {
    append(data, at);
    if (tags[row] != 0) at += static_cast<std::uint32_t>(text(row).size());
  });
  append(data, at);
  each_entry(header, [&](std::uint32_t row) {
    if (tags[row] != 0) data.append(text(row));
  });
}

void ColumnEncoder::encode_mixed(ColumnHeader& header, std::string& data) {
  header.encoding = static_cast<std::uint8_t>(ColumnEncoding::kMixed);
  header.tag = static_cast<std::uint8_t>(ValueType::kNull);
  std::string bytes;
  each_entry(header, [&](std::uint32_t row) {
    append(data, static_cast<std::uint32_t>(bytes.size()));
    if (present(row) && !is_long(row)) storage::encode_value(get(row), bytes);
  });
  append(data, static_cast<std::uint32_t>(bytes.size()));
  data.append(bytes);
}

bool ColumnEncoder::encode(std::uint64_t folded_lsn, std::vector<std::byte>& out) {
  const Tags& tags = *tags_;
  ColumnHeader header;
  header.folded_lsn = folded_lsn;
  std::uint32_t present_rows = 0;
  std::uint8_t tag = 0;
  bool mixed = false;
  for (std::uint32_t row = 0; row < kExtentRows; ++row) {
    if (tags[row] == 0) continue;
    mixed = mixed || (present_rows > 0 && tags[row] != tag);
    tag = tags[row];
    ++present_rows;
    header.rows = row + 1;
  }
  if (present_rows == 0) return false;
  header.nulls = header.rows - present_rows;
  header.tag = tag;
  if (tag == kLongTag || tag == static_cast<std::uint8_t>(ValueType::kList)) mixed = true;

  std::string front;
  if (present_rows < header.rows / kSparseRatio) {
    header.flags |= ColumnHeader::kSparse;
    for (std::uint32_t row = 0; row < header.rows; ++row) {
      if (tags[row] != 0) append(front, static_cast<std::uint16_t>(row));
    }
    pad(front, 0, 8);
  } else if (header.nulls > 0) {
    header.flags |= ColumnHeader::kHasNulls;
    std::vector<std::uint64_t> words((header.rows + 63) / 64, 0);
    for (std::uint32_t row = 0; row < header.rows; ++row) {
      if (tags[row] != 0) words[row >> 6] |= std::uint64_t{1} << (row & 63);
    }
    front.append(reinterpret_cast<const char*>(words.data()), words.size() * 8);
  }

  std::string data;
  if (mixed) {
    encode_mixed(header, data);
  } else if (integer_like(static_cast<ValueType>(tag))) {
    encode_integers(header, data);
  } else if (static_cast<ValueType>(tag) == ValueType::kString) {
    encode_strings(header, data, sizeof(ColumnHeader) + front.size());
  } else {
    // Booleans and doubles; one that is the same in every row is kept in `base`.
    bool same = true, first = true;
    std::uint64_t constant = 0;
    const bool real = static_cast<ValueType>(tag) == ValueType::kFloat64;
    for (std::uint32_t row = 0; row < header.rows; ++row) {
      if (tags[row] == 0) continue;
      const std::uint64_t payload = (*payloads_)[row];
      double value;
      std::memcpy(&value, &payload, 8);
      const std::int64_t zone = real ? sortable(value) : static_cast<std::int64_t>(payload);
      header.minimum = first ? zone : std::min(header.minimum, zone);
      header.maximum = first ? zone : std::max(header.maximum, zone);
      same = same && (first || payload == constant);
      constant = payload;
      first = false;
    }
    header.flags |= ColumnHeader::kHasZone;
    if (same) {
      header.encoding = static_cast<std::uint8_t>(ColumnEncoding::kConstant);
      header.base = static_cast<std::int64_t>(constant);
    } else {
      header.encoding =
          static_cast<std::uint8_t>(real ? ColumnEncoding::kFloat64 : ColumnEncoding::kBool);
      each_entry(header, [&](std::uint32_t row) {
        const std::uint64_t payload = tags[row] == 0 ? 0 : (*payloads_)[row];
        if (real) {
          append(data, payload);
        } else {
          append(data, static_cast<std::uint8_t>(payload));
        }
      });
    }
  }
  pad(data, sizeof(ColumnHeader) + front.size(), 4);
  out.resize(sizeof(ColumnHeader) + front.size() + data.size() + 4);
  std::memcpy(out.data(), &header, sizeof(ColumnHeader));
  std::memcpy(out.data() + sizeof(ColumnHeader), front.data(), front.size());
  std::memcpy(out.data() + sizeof(ColumnHeader) + front.size(), data.data(), data.size());
  const std::uint32_t crc = base::crc32c({out.data(), out.size() - 4});
  std::memcpy(out.data() + out.size() - 4, &crc, 4);
  return true;
}

}  // namespace geode::graph
