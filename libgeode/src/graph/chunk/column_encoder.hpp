#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <geode/value.hpp>
#include "graph/chunk/column_chunk.hpp"
#include "graph/keys.hpp"
#include "value/vector.hpp"

namespace geode::graph {

/// Values longer than this stand on their own (keys::long_value), never in a chunk.
inline constexpr std::size_t kLongValueBytes = 4096;
/// A chunk whose strings exceed this many bytes puts out values over kLongValueBytesWhenLarge.
inline constexpr std::size_t kLargeChunkBytes = 1u << 20;
inline constexpr std::size_t kLongValueBytesWhenLarge = 256;

/// The rows of one column chunk, gathered in any order and then encoded. Reusable: clear() keeps
/// its memory.
class ColumnEncoder {
 public:
  ColumnEncoder() : tags_(std::make_unique<Tags>()), payloads_(std::make_unique<Payloads>()) {
    clear();
  }

  void clear();
  /// Begins with the values of a chunk; long values stay marked as such. Entries are copied.
  void load(const ColumnView& view);

  /// `value` null removes.
  void set(std::uint32_t row, const Value& value);
  void set_integer(std::uint32_t row, ValueType tag, std::int64_t value) {
    (*tags_)[row] = static_cast<std::uint8_t>(tag);
    (*payloads_)[row] = static_cast<std::uint64_t>(value);
  }
  void set_float(std::uint32_t row, double value);
  void set_string(std::uint32_t row, std::string_view text);
  /// Row `row` of a chunk = row `from` of a vector, without making a Value where possible.
  void set(std::uint32_t row, const value::Vector& vector, std::uint32_t from);
  void remove(std::uint32_t row) { (*tags_)[row] = 0; }

  bool present(std::uint32_t row) const { return (*tags_)[row] != 0; }
  bool is_long(std::uint32_t row) const { return (*tags_)[row] == kLongTag; }
  std::uint32_t count() const;

  /// Values too long for the chunk, to be written under keys::long_value; `emit(row, value)`. They
  /// are marked long. Call it before encode().
  template <class Emit>
  void take_long_values(Emit emit) {
    const std::size_t limit =
        text_.size() > kLargeChunkBytes ? kLongValueBytesWhenLarge : kLongValueBytes;
    for (std::uint32_t row = 0; row < kExtentRows; ++row) {
      if (!too_long(row, limit)) continue;
      emit(row, get(row));
      (*tags_)[row] = kLongTag;
    }
  }
  /// The value of a row that is not long.
  Value get(std::uint32_t row) const;

  /// Replaces `out` by the chunk. False: there is no value, so there is to be no chunk.
  bool encode(std::uint64_t folded_lsn, std::vector<std::byte>& out);

 private:
  static constexpr std::uint8_t kLongTag = 0xff;
  using Tags = std::array<std::uint8_t, kExtentRows>;
  using Payloads = std::array<std::uint64_t, kExtentRows>;

  bool too_long(std::uint32_t row, std::size_t limit) const;
  std::string_view text(std::uint32_t row) const {
    const std::uint64_t payload = (*payloads_)[row];
    return std::string_view(text_).substr(payload >> 32, payload & 0xffffffffu);
  }
  void encode_integers(ColumnHeader& header, std::string& data) const;
  /// False, and nothing written, when values that follow each other differ too often.
  bool encode_runs(ColumnHeader& header, std::string& data) const;
  void encode_strings(ColumnHeader& header, std::string& data, std::size_t data_offset);
  void encode_mixed(ColumnHeader& header, std::string& data);
  /// Calls visit(row) for each entry, in order: present rows of a sparse chunk, every row of
  /// another.
  template <class Visit>
  void each_entry(const ColumnHeader& header, Visit visit) const {
    const bool sparse = (header.flags & ColumnHeader::kSparse) != 0;
    for (std::uint32_t row = 0; row < header.rows; ++row) {
      if (!sparse || (*tags_)[row] != 0) visit(row);
    }
  }

  // tag = ValueType, 0 absent, kLongTag stored elsewhere. payload: integer, bits of a double,
  // (offset << 32 | size) into text_, or the index into others_.
  std::unique_ptr<Tags> tags_;
  std::unique_ptr<Payloads> payloads_;
  std::string text_;
  std::vector<Value> others_;
};

}  // namespace geode::graph
