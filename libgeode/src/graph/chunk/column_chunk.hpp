#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <geode/value.hpp>
#include "graph/chunk/value_test.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {

/// How the values of a column chunk are stored. The values of all but kMixed have one type, the
/// chunk's tag.
enum class ColumnEncoding : std::uint8_t {
  kConstant,  ///< every present row is the same: integer-like in `base`, others as dictionary entry
              ///< or raw 8 bytes
  kFor8,      ///< integer-like, value - base in 1 byte
  kFor16,
  kFor32,
  kInt64,
  kFloat64,
  kBool,          ///< one byte a value
  kDictionary8,   ///< strings: sorted dictionary (offsets u32[dict_n + 1], bytes padded to 8), then
                  ///< codes u8
  kDictionary16,  ///< the same with codes u16
  kString,        ///< offsets u32[n + 1], bytes
  kMixed,  ///< offsets u32[n + 1], values in the value codec; an empty one is a long value stored
           ///< elsewhere
  kRuns,   ///< integer-like, entries that follow each other are mostly equal: value - base u32 of
           ///< each run, then u16 for each the entry it ends before; dictionary_size runs
};

/// Header of a column chunk, 48 bytes:
/// encoding u8, tag u8, flags u16, rows u32, nulls u32, dictionary entries u32, base i64, min i64,
/// max i64, folded lsn u64; then a present bitmap (u64 words, only with kHasNulls) or the rows that
/// are there (u16, padded to 8, only with kSparse); the data, padded to 4; crc32c u32 of all
/// before.
struct ColumnHeader {
  static constexpr std::uint16_t kHasNulls = 1;
  static constexpr std::uint16_t kSparse = 2;
  static constexpr std::uint16_t kHasZone = 4;  ///< min and max are set

  std::uint8_t encoding = 0;
  std::uint8_t tag = 0;  ///< ValueType of every present value; kNull when they differ
  std::uint16_t flags = 0;
  std::uint32_t rows = 0;
  std::uint32_t nulls = 0;
  std::uint32_t dictionary_size = 0;
  std::int64_t base = 0;
  /// Zone map: integer-like values; doubles by their sortable bits; strings by their first 8 bytes,
  /// big-endian, as u64.
  std::int64_t minimum = 0;
  std::int64_t maximum = 0;
  std::uint64_t folded_lsn = 0;
};
static_assert(sizeof(ColumnHeader) == 48);

/// Whether a value of this type is stored as one i64 (integers, dates, times without zone,
/// whole-second datetimes).
bool integer_like(ValueType type);
/// The i64 of an integer-like value; false when this value does not fit (a datetime with
/// nanoseconds).
bool to_integer(const Value& value, std::int64_t& out);
Value from_integer(ValueType tag, std::int64_t value);

/// A column chunk in place. Bytes aligned to 8.
class ColumnView {
 public:
  /// What entry() gives for a row without a value.
  static constexpr std::uint32_t kAbsent = 0xffffffffu;

  ColumnView() = default;
  /// Throws Error 58X02 when the bytes cannot be a column chunk. The checksum is not read.
  explicit ColumnView(storage::ByteView bytes);
  void verify() const;

  bool empty() const { return bytes_.empty(); }
  const ColumnHeader& header() const { return header_; }
  ColumnEncoding encoding() const { return static_cast<ColumnEncoding>(header_.encoding); }
  ValueType tag() const { return static_cast<ValueType>(header_.tag); }
  /// Every row below header().rows has a value.
  bool dense() const {
    return (header_.flags & (ColumnHeader::kHasNulls | ColumnHeader::kSparse)) == 0;
  }

  /// Where the value of `row` stands among the values, or kAbsent.
  std::uint32_t entry(std::uint32_t row) const {
    if (row >= header_.rows) return kAbsent;
    if (sparse_rows_ != nullptr) return sparse_entry(row);
    if (present_ != nullptr && (present_[row >> 6] >> (row & 63) & 1) == 0) return kAbsent;
    return row;
  }
  std::int64_t integer(std::uint32_t entry) const {
    const auto base = static_cast<std::uint64_t>(header_.base);
    switch (encoding()) {
      case ColumnEncoding::kConstant:
        return header_.base;
      case ColumnEncoding::kFor8:
        return static_cast<std::int64_t>(base + load<std::uint8_t>(entry));
      case ColumnEncoding::kFor16:
        return static_cast<std::int64_t>(base + load<std::uint16_t>(entry));
      case ColumnEncoding::kFor32:
        return static_cast<std::int64_t>(base + load<std::uint32_t>(entry));
      case ColumnEncoding::kRuns:
        return static_cast<std::int64_t>(base + load<std::uint32_t>(run_of(entry)));
      default:
        return load<std::int64_t>(entry);
    }
  }
  double real(std::uint32_t entry) const;
  bool boolean(std::uint32_t entry) const;
  /// In place.
  std::string_view string(std::uint32_t entry) const;
  /// True when the value of this entry of a mixed chunk is stored elsewhere.
  bool is_long(std::uint32_t entry) const;
  /// Of any encoding; not for long values.
  Value value(std::uint32_t entry) const;

  /// out[i] = the integer of entry first + i: for chunks that are integer_like(tag()).
  void integers(std::uint32_t first, std::uint32_t count, std::int64_t* out) const;
  /// out[i] = the integer of the row with the lower bits of ids[i], of a dense chunk. False, and
  /// nothing done, when one of the rows is beyond the chunk's.
  bool gather_integers(const std::uint64_t* ids, std::uint32_t count, std::int64_t* out) const;
  void reals(std::uint32_t first, std::uint32_t count, double* out) const;
  void strings(std::uint32_t first, std::uint32_t count, std::string_view* out) const;
  void booleans(std::uint32_t first, std::uint32_t count, std::uint8_t* out) const;
  /// Whether strings are stored as numbers of entries of a dictionary.
  bool coded() const {
    return encoding() == ColumnEncoding::kDictionary8 ||
           encoding() == ColumnEncoding::kDictionary16;
  }
  /// out[i] = the string of code i, for all of the dictionary.
  void dictionary(std::string_view* out) const;
  /// out[i] = plus + the code of entry first + i.
  void codes(std::uint32_t first, std::uint32_t count, std::uint32_t plus,
             std::uint32_t* out) const;
  /// out[i] = the code of the row with the lower bits of ids[i], of a dense chunk. False, and
  /// nothing certain in `out`, when one of the rows is beyond the chunk's.
  bool gather_codes(const std::uint64_t* ids, std::uint32_t count, std::uint32_t* out) const;
  /// Of two coded chunks: a code means the same string in both.
  bool same_dictionary(const ColumnView& other) const;

  /// Whether test() answers: values have the type of the constants, and lie such that they need not
  /// be decoded.
  bool can_test(const ValueTest& test) const;
  /// How many rows test() looks at in the time, about, in which a row is found and read.
  std::uint32_t rows_tested_for_one() const;
  /// mask[i] = 0 where row first + i does not pass, for i < count; the rows are below
  /// header().rows. Bytes of the mask are 0 or 1. Only when can_test().
  void test(std::uint32_t first, std::uint32_t count, const ValueTest& test,
            std::uint8_t* mask) const;

 private:
  void test_integers(std::uint32_t first, std::uint32_t count, ValueTest::Kind kind,
                     std::int64_t constant, std::uint8_t* mask) const;
  void test_strings(std::uint32_t first, std::uint32_t count, ValueTest::Kind kind,
                    std::string_view constant, std::uint8_t* mask) const;
  void test_one(std::uint32_t first, std::uint32_t count, ValueTest::Kind kind,
                const Value& constant, std::uint8_t* mask) const;
  [[noreturn]] static void offsets_fall();
  std::string_view text_at(std::uint32_t index) const {
    const std::uint32_t begin = offsets_[index], end = offsets_[index + 1];
    if (begin > end || end > text_size_) offsets_fall();
    return {text_ + begin, end - begin};
  }
  std::uint32_t code(std::uint32_t entry) const;
  std::uint32_t sparse_entry(std::uint32_t row) const;
  const std::uint16_t* run_ends() const {
    return reinterpret_cast<const std::uint16_t*>(data_ + header_.dictionary_size * std::size_t{4});
  }
  std::uint32_t run_of(std::uint32_t entry) const;
  template <class T>
  T load(std::uint32_t entry) const {
    return reinterpret_cast<const T*>(data_)[entry];
  }

  storage::ByteView bytes_;
  ColumnHeader header_;
  const std::uint64_t* present_ = nullptr;
  const std::uint16_t* sparse_rows_ = nullptr;
  const std::byte* data_ = nullptr;         // fixed-width values or codes
  const std::uint32_t* offsets_ = nullptr;  // of dictionary, strings or mixed values
  const char* text_ = nullptr;
  std::uint32_t text_size_ = 0;
};

}  // namespace geode::graph
