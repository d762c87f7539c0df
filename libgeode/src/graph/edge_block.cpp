#include "graph/edge_block.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "graph/bulk_columns.hpp"
#include "storage/value_codec.hpp"

namespace geode::graph {
namespace {

/// Enough that threads find work, and few enough that what a block has of each is not tiny.
constexpr std::uint64_t kMostRanges = 256;

// Properties of an edge between sorting and writing, column by column: a tag, then
//   0            nothing: null
//   ValueType    i64 of an integer-like value or boolean, bits of a double
//   kString      size u32, bytes
//   kOther       size u32, the value codec
constexpr std::uint8_t kNullTag = 0;
constexpr std::uint8_t kStringTag = static_cast<std::uint8_t>(ValueType::kString);
constexpr std::uint8_t kFloatTag = static_cast<std::uint8_t>(ValueType::kFloat64);
constexpr std::uint8_t kOtherTag = 0xff;

void append_number(std::string& out, std::uint8_t tag, std::uint64_t bits) {
  char bytes[9];
  bytes[0] = static_cast<char>(tag);
  base::store_le(bytes + 1, bits);
  out.append(bytes, sizeof bytes);
}

}  // namespace

EdgeRanges::EdgeRanges(Form record_form, std::uint64_t extents) : form(record_form) {
  extents = std::max<std::uint64_t>(extents, 1);
  while (((extents - 1) >> (shift - kExtentBits)) >= kMostRanges) ++shift;
  count = static_cast<std::uint32_t>(((extents - 1) >> (shift - kExtentBits)) + 1);
}

void EdgeEnds::add(std::span<const std::uint32_t> nodes) {
  for (const std::uint32_t node : nodes) {
    least = std::min(least, node);
    greatest = std::max(greatest, node);
  }
  if (nodes.empty()) return;
  if (extents.size() <= greatest >> kExtentBits) extents.resize((greatest >> kExtentBits) + 1, 0);
  std::uint8_t* const marks = extents.data();
  for (const std::uint32_t node : nodes) marks[node >> kExtentBits] = 1;
}

void EdgeEnds::add(const EdgeEnds& other) {
  if (other.extents.size() > extents.size()) extents.resize(other.extents.size(), 0);
  for (std::size_t i = 0; i < other.extents.size(); ++i) extents[i] |= other.extents[i];
  least = std::min(least, other.least);
  greatest = std::max(greatest, other.greatest);
}

double EdgeEnds::mean_degree(std::uint64_t edges) const {
  if (edges == 0) return 0;
  const auto used = static_cast<std::uint64_t>(std::count(extents.begin(), extents.end(), 1));
  const std::uint64_t nodes = std::min(used * kExtentRows, std::uint64_t{greatest} - least + 1);
  return static_cast<double>(edges) / static_cast<double>(nodes);
}

void append_edge_row(std::span<const value::Vector> columns, std::uint32_t row, std::string& out) {
  for (const value::Vector& column : columns) {
    if (column.is_null(row)) {
      out.push_back(static_cast<char>(kNullTag));
    } else if (column.physical() == value::Physical::kInt64) {
      append_number(out, static_cast<std::uint8_t>(ValueType::kInt64),
                    static_cast<std::uint64_t>(column.at<std::int64_t>(row)));
    } else if (column.physical() == value::Physical::kFloat64) {
      append_number(out, kFloatTag, std::bit_cast<std::uint64_t>(column.at<double>(row)));
    } else if (column.physical() == value::Physical::kString) {
      const auto text = column.at<std::string_view>(row);
      out.push_back(static_cast<char>(kStringTag));
      base::append_le(out, static_cast<std::uint32_t>(text.size()));
      out.append(text);
    } else {
      const Value value = column.get(row);
      std::int64_t integer = 0;
      if (value.is_null()) {
        out.push_back(static_cast<char>(kNullTag));
      } else if (to_integer(value, integer)) {
        append_number(out, static_cast<std::uint8_t>(value.type()),
                      static_cast<std::uint64_t>(integer));
      } else {
        out.push_back(static_cast<char>(kOtherTag));
        const std::size_t size_at = out.size();
        base::append_le(out, std::uint32_t{0});
        storage::encode_value(value, out);
        base::store_le(out.data() + size_at, static_cast<std::uint32_t>(out.size() - size_at - 4));
      }
    }
  }
}

bool is_edge_row(std::string_view row, std::size_t keys) {
  std::size_t count = 0;
  for (; !row.empty(); ++count) {
    const auto tag = static_cast<std::uint8_t>(row.front());
    row.remove_prefix(1);
    std::size_t size = tag == kNullTag ? 0 : 8;
    if (tag == kStringTag || tag == kOtherTag) {
      if (row.size() < 4) return false;
      size = std::size_t{4} + base::load_le<std::uint32_t>(row.data());
    } else if (tag != kNullTag && tag != kFloatTag && !integer_like(static_cast<ValueType>(tag))) {
      return false;
    }
    if (row.size() < size) return false;
    row.remove_prefix(size);
  }
  return count <= keys;
}

void read_edge_row(std::string_view row, BulkColumns& columns) {
  const char* at = row.data();
  const char* const end = at + row.size();
  for (std::size_t column = 1; at < end; ++column) {
    const auto tag = static_cast<std::uint8_t>(*at++);
    if (tag == kNullTag) continue;
    if (tag == kStringTag || tag == kOtherTag) {
      const auto size = base::load_le<std::uint32_t>(at);
      const std::string_view bytes(at + 4, size);
      at += 4 + size;
      if (tag == kStringTag) {
        columns.set_string(column, bytes);
      } else {
        columns.set_value(column, storage::decode_value(storage::as_bytes(bytes)));
      }
      continue;
    }
    const auto bits = base::load_le<std::uint64_t>(at);
    at += 8;
    if (tag == kFloatTag) {
      columns.set_float(column, std::bit_cast<double>(bits));
    } else {
      columns.set_integer(column, static_cast<ValueType>(tag), static_cast<std::int64_t>(bits));
    }
  }
}

void EdgeGatherer::add(const NodeId* sources, const NodeId* targets,
                       std::span<const value::Vector> columns, std::uint32_t rows) {
  for (std::uint32_t row = 0; row < rows; ++row) {
    note(static_cast<std::uint32_t>(raw(sources[row])),
         static_cast<std::uint32_t>(raw(targets[row])));
  }
  if (ranges_.form != EdgeRanges::Form::kRows) return;
  for (std::uint32_t row = 0; row < rows; ++row) {
    const std::size_t begin = rows_.size();
    append_edge_row(columns, row, rows_);
    if (rows_.size() - begin > UINT32_MAX - 12) {
      throw Error(status::kLimitExceeded, "the properties of an edge have more than 4 GB");
    }
    thirds_.push_back(static_cast<std::uint32_t>(rows_.size() - begin));
  }
}

std::uint64_t EdgeGatherer::size() const {
  return firsts_.size() * ranges_.least_record() + rows_.size();
}

void EdgeGatherer::add(std::uint64_t count, std::size_t keys, std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  const auto require = [&](bool holds) {
    if (!holds) throw Error(status::kCorrupt, "a block of edges is damaged");
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    require(end - at >= 8);
    note(base::load_le<std::uint32_t>(at), base::load_le<std::uint32_t>(at + 4));
    at += 8;
    if (keys == 0) continue;
    require(end - at >= 4);
    const auto size = base::load_le<std::uint32_t>(at);
    at += 4;
    require(static_cast<std::uint64_t>(end - at) >= size && is_edge_row({at, size}, keys));
    rows_.append(at, size);
    thirds_.push_back(size);
    at += size;
  }
  require(at == end);
}

EdgeBlock EdgeGatherer::take() {
  EdgeBlock out;
  const std::size_t count = firsts_.size();
  out.count = count;
  out.counts.assign(ranges_.count, 0);
  out.ends.assign(ranges_.count, 0);
  out.bytes = std::make_unique_for_overwrite<char[]>(size());
  const std::size_t fixed = ranges_.least_record();
  const bool rows = ranges_.form == EdgeRanges::Form::kRows;
  out.firsts.add(firsts_);
  out.seconds.add(seconds_);
  for (const std::uint32_t first : firsts_) ++out.counts[ranges_.range_of(first)];
  for (std::size_t i = 0; rows && i < count; ++i) {
    out.ends[ranges_.range_of(firsts_[i])] += thirds_[i];
  }
  // Where each range begins, which moves on to where it ends.
  std::uint64_t sum = 0;
  for (std::uint32_t range = 0; range < ranges_.count; ++range) {
    const std::uint64_t size = out.ends[range] + out.counts[range] * fixed;
    out.ends[range] = sum;
    sum += size;
  }
  const char* row = rows_.data();
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t& place = out.ends[ranges_.range_of(firsts_[i])];
    char* to = out.bytes.get() + place;
    std::memcpy(to, &firsts_[i], 4);
    std::memcpy(to + 4, &seconds_[i], 4);
    if (fixed == 12) std::memcpy(to + 8, &thirds_[i], 4);
    place += fixed;
    if (!rows) continue;
    std::memcpy(to + 12, row, thirds_[i]);
    row += thirds_[i];
    place += thirds_[i];
  }
  firsts_.clear();
  seconds_.clear();
  thirds_.clear();
  rows_.clear();
  return out;
}

}  // namespace geode::graph
