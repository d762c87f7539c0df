#include "graph/chunk/column_chunk.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include <geode/error.hpp>
#include "base/crc32c.hpp"
#include "storage/value_codec.hpp"

namespace geode::graph {
namespace {

[[noreturn]] void corrupt(const char* what) {
  throw Error(status::kCorrupt, std::string("column chunk: ") + what);
}

template <class T>
void widen(const std::byte* data, std::int64_t base, std::uint32_t count, std::int64_t* out) {
  const T* from = reinterpret_cast<const T*>(data);
  for (std::uint32_t i = 0; i < count; ++i) {
    out[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + from[i]);
  }
}

template <class T>
void gather(const std::byte* data, std::int64_t base, const std::uint64_t* ids, std::uint32_t count,
            std::int64_t* out) {
  const T* from = reinterpret_cast<const T*>(data);
  for (std::uint32_t i = 0; i < count; ++i) {
    out[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + from[ids[i] & 4095]);
  }
}

}  // namespace

bool integer_like(ValueType type) {
  return type == ValueType::kInt64 || type == ValueType::kDate || type == ValueType::kLocalTime ||
         type == ValueType::kLocalDateTime;
}

bool to_integer(const Value& value, std::int64_t& out) {
  switch (value.type()) {
    case ValueType::kInt64:
    case ValueType::kDate:
    case ValueType::kLocalTime:
      out = value.unchecked_int64();
      return true;
    case ValueType::kLocalDateTime: {
      const LocalDateTime time = value.as_local_datetime();
      out = time.seconds;
      return time.nanoseconds == 0;
    }
    default:
      return false;
  }
}

Value from_integer(ValueType tag, std::int64_t value) {
  switch (tag) {
    case ValueType::kDate:
      return Date{value};
    case ValueType::kLocalTime:
      return LocalTime{value};
    case ValueType::kLocalDateTime:
      return LocalDateTime{value, 0};
    default:
      return value;
  }
}

ColumnView::ColumnView(storage::ByteView bytes) : bytes_(bytes) {
  if (bytes.size() < sizeof(ColumnHeader) + 4) corrupt("shorter than its header");
  std::memcpy(&header_, bytes.data(), sizeof(ColumnHeader));
  if (header_.encoding > static_cast<std::uint8_t>(ColumnEncoding::kRuns) ||
      header_.tag > static_cast<std::uint8_t>(ValueType::kPath) || header_.rows > 65536 ||
      header_.nulls > header_.rows) {
    corrupt("its header makes no sense");
  }
  std::size_t at = sizeof(ColumnHeader);
  const std::size_t end = bytes.size() - 4;
  const auto take = [&](std::size_t size) {
    if (size > end - at) corrupt("its size does not fit its header");
    const std::byte* here = bytes.data() + at;
    at += size;
    return here;
  };
  std::size_t entries = header_.rows;
  if ((header_.flags & ColumnHeader::kSparse) != 0) {
    entries = header_.rows - header_.nulls;
    sparse_rows_ = reinterpret_cast<const std::uint16_t*>(take((entries * 2 + 7) / 8 * 8));
  } else if ((header_.flags & ColumnHeader::kHasNulls) != 0) {
    present_ = reinterpret_cast<const std::uint64_t*>(take((header_.rows + 63) / 64 * 8));
  }
  const auto take_texts = [&](std::size_t count, bool pad) {
    offsets_ = reinterpret_cast<const std::uint32_t*>(take((count + 1) * 4));
    const std::size_t size = offsets_[count];
    text_ = reinterpret_cast<const char*>(take(size));
    text_size_ = static_cast<std::uint32_t>(size);
    if (pad) take((8 - at % 8) % 8);
  };
  switch (encoding()) {
    case ColumnEncoding::kConstant:
      if (tag() == ValueType::kString) take_texts(1, false);
      break;
    case ColumnEncoding::kFor8:
    case ColumnEncoding::kBool:
      data_ = take(entries);
      break;
    case ColumnEncoding::kFor16:
      data_ = take(entries * 2);
      break;
    case ColumnEncoding::kFor32:
      data_ = take(entries * 4);
      break;
    case ColumnEncoding::kInt64:
    case ColumnEncoding::kFloat64:
      data_ = take(entries * 8);
      break;
    case ColumnEncoding::kDictionary8:
      take_texts(header_.dictionary_size, true);
      data_ = take(entries);
      break;
    case ColumnEncoding::kDictionary16:
      take_texts(header_.dictionary_size, true);
      data_ = take(entries * 2);
      break;
    case ColumnEncoding::kString:
    case ColumnEncoding::kMixed:
      take_texts(entries, false);
      break;
    case ColumnEncoding::kRuns:
      if (header_.dictionary_size == 0) corrupt("it has no runs");
      data_ = take(header_.dictionary_size * std::size_t{6});
      if (run_ends()[header_.dictionary_size - 1] != entries)
        corrupt("its runs do not fit its rows");
      break;
  }
}

void ColumnView::verify() const {
  std::uint32_t crc;
  std::memcpy(&crc, bytes_.data() + bytes_.size() - 4, 4);
  if (crc != base::crc32c(bytes_.first(bytes_.size() - 4))) corrupt("wrong checksum");
  const std::uint32_t present = header_.rows - header_.nulls;
  for (std::uint32_t i = 0; sparse_rows_ != nullptr && i < present; ++i) {
    if (sparse_rows_[i] >= header_.rows || (i > 0 && sparse_rows_[i] <= sparse_rows_[i - 1])) {
      corrupt("its rows are in no order");
    }
  }
  for (std::uint32_t i = 1; encoding() == ColumnEncoding::kRuns && i < header_.dictionary_size;
       ++i) {
    if (run_ends()[i] <= run_ends()[i - 1]) corrupt("its runs are in no order");
  }
  if (offsets_ == nullptr) return;
  const bool coded =
      encoding() == ColumnEncoding::kDictionary8 || encoding() == ColumnEncoding::kDictionary16;
  for (std::uint32_t row = 0; row < header_.rows; ++row) {
    const std::uint32_t at = entry(row);
    if (at == kAbsent) continue;
    if (coded && code(at) >= header_.dictionary_size) corrupt("a code is not in its dictionary");
    text_at(code(at));
  }
}

void ColumnView::offsets_fall() { corrupt("its offsets fall"); }

std::uint32_t ColumnView::sparse_entry(std::uint32_t row) const {
  const std::uint16_t* last = sparse_rows_ + (header_.rows - header_.nulls);
  const std::uint16_t* found = std::lower_bound(sparse_rows_, last, row);
  return found != last && *found == row ? static_cast<std::uint32_t>(found - sparse_rows_)
                                        : kAbsent;
}

std::uint32_t ColumnView::run_of(std::uint32_t entry) const {
  // The last run ends behind every entry, so it needs no comparison.
  const std::uint16_t* ends = run_ends();
  return static_cast<std::uint32_t>(
      std::upper_bound(ends, ends + header_.dictionary_size - 1, entry) - ends);
}

std::uint32_t ColumnView::code(std::uint32_t entry) const {
  switch (encoding()) {
    case ColumnEncoding::kDictionary8:
      return static_cast<std::uint8_t>(data_[entry]);
    case ColumnEncoding::kDictionary16:
      return reinterpret_cast<const std::uint16_t*>(data_)[entry];
    case ColumnEncoding::kConstant:
      return 0;
    default:
      return entry;
  }
}

double ColumnView::real(std::uint32_t entry) const {
  double out = 0;
  reals(entry, 1, &out);
  return out;
}

bool ColumnView::boolean(std::uint32_t entry) const {
  return encoding() == ColumnEncoding::kConstant ? header_.base != 0 : data_[entry] != std::byte{0};
}

std::string_view ColumnView::string(std::uint32_t entry) const { return text_at(code(entry)); }

bool ColumnView::is_long(std::uint32_t entry) const {
  return encoding() == ColumnEncoding::kMixed && offsets_[entry] == offsets_[entry + 1];
}

Value ColumnView::value(std::uint32_t entry) const {
  if (encoding() == ColumnEncoding::kMixed) {
    return storage::decode_value(storage::as_bytes(text_at(entry)));
  }
  switch (tag()) {
    case ValueType::kBool:
      return boolean(entry);
    case ValueType::kFloat64:
      return real(entry);
    case ValueType::kString:
      return Value(string(entry));
    default:
      return from_integer(tag(), integer(entry));
  }
}

void ColumnView::integers(std::uint32_t first, std::uint32_t count, std::int64_t* out) const {
  switch (encoding()) {
    case ColumnEncoding::kConstant:
      std::fill_n(out, count, header_.base);
      return;
    case ColumnEncoding::kFor8:
      widen<std::uint8_t>(data_ + first, header_.base, count, out);
      return;
    case ColumnEncoding::kFor16:
      widen<std::uint16_t>(data_ + first * std::size_t{2}, header_.base, count, out);
      return;
    case ColumnEncoding::kFor32:
      widen<std::uint32_t>(data_ + first * std::size_t{4}, header_.base, count, out);
      return;
    case ColumnEncoding::kInt64:
      std::memcpy(out, data_ + first * std::size_t{8}, count * std::size_t{8});
      return;
    case ColumnEncoding::kRuns: {
      std::uint32_t run = count > 0 ? run_of(first) : 0;
      for (std::uint32_t i = 0; i < count;) {
        const bool last = run + 1 >= header_.dictionary_size;
        const std::uint32_t end =
            last ? count
                 : std::clamp<std::uint32_t>(run_ends()[run], first + i, first + count) - first;
        std::fill(out + i, out + end,
                  static_cast<std::int64_t>(static_cast<std::uint64_t>(header_.base) +
                                            load<std::uint32_t>(run)));
        i = end;
        run += last ? 0 : 1;
      }
      return;
    }
    default:
      corrupt("integers of a chunk that holds none");
  }
}

bool ColumnView::gather_integers(const std::uint64_t* ids, std::uint32_t count,
                                 std::int64_t* out) const {
  std::uint64_t greatest = 0;
  for (std::uint32_t i = 0; i < count; ++i) greatest = std::max(greatest, ids[i] & 4095);
  if (greatest >= header_.rows) return false;
  switch (encoding()) {
    case ColumnEncoding::kConstant:
      std::fill_n(out, count, header_.base);
      return true;
    case ColumnEncoding::kFor8:
      gather<std::uint8_t>(data_, header_.base, ids, count, out);
      return true;
    case ColumnEncoding::kFor16:
      gather<std::uint16_t>(data_, header_.base, ids, count, out);
      return true;
    case ColumnEncoding::kFor32:
      gather<std::uint32_t>(data_, header_.base, ids, count, out);
      return true;
    case ColumnEncoding::kInt64:
      gather<std::uint64_t>(data_, 0, ids, count, out);
      return true;
    case ColumnEncoding::kRuns:
      for (std::uint32_t i = 0; i < count; ++i) {
        out[i] = integer(static_cast<std::uint32_t>(ids[i] & 4095));
      }
      return true;
    default:
      return false;
  }
}

void ColumnView::reals(std::uint32_t first, std::uint32_t count, double* out) const {
  if (encoding() == ColumnEncoding::kConstant) {
    double value;
    std::memcpy(&value, &header_.base, 8);
    std::fill_n(out, count, value);
  } else {
    std::memcpy(out, data_ + first * std::size_t{8}, count * std::size_t{8});
  }
}

void ColumnView::strings(std::uint32_t first, std::uint32_t count, std::string_view* out) const {
  switch (encoding()) {
    case ColumnEncoding::kString:
      for (std::uint32_t i = 0; i < count; ++i) out[i] = text_at(first + i);
      return;
    case ColumnEncoding::kDictionary8: {
      const auto* codes = reinterpret_cast<const std::uint8_t*>(data_) + first;
      for (std::uint32_t i = 0; i < count; ++i) out[i] = text_at(codes[i]);
      return;
    }
    case ColumnEncoding::kDictionary16: {
      const auto* codes = reinterpret_cast<const std::uint16_t*>(data_) + first;
      for (std::uint32_t i = 0; i < count; ++i) out[i] = text_at(codes[i]);
      return;
    }
    case ColumnEncoding::kConstant:
      std::fill_n(out, count, text_at(0));
      return;
    default:
      corrupt("strings of a chunk that holds none");
  }
}

void ColumnView::booleans(std::uint32_t first, std::uint32_t count, std::uint8_t* out) const {
  if (encoding() == ColumnEncoding::kConstant) {
    std::fill_n(out, count, static_cast<std::uint8_t>(header_.base != 0));
    return;
  }
  for (std::uint32_t i = 0; i < count; ++i) out[i] = data_[first + i] != std::byte{0} ? 1 : 0;
}

void ColumnView::dictionary(std::string_view* out) const {
  for (std::uint32_t i = 0; i < header_.dictionary_size; ++i) out[i] = text_at(i);
}

void ColumnView::codes(std::uint32_t first, std::uint32_t count, std::uint32_t plus,
                       std::uint32_t* out) const {
  const auto copy = [&](const auto* from) {
    // The greatest of narrow numbers is found many at a time.
    auto greatest = std::decay_t<decltype(*from)>{0};
    for (std::uint32_t i = 0; i < count; ++i) greatest = std::max(greatest, from[i]);
    for (std::uint32_t i = 0; i < count; ++i) out[i] = plus + from[i];
    if (count > 0 && greatest >= header_.dictionary_size)
      corrupt("a code is not in its dictionary");
  };
  if (encoding() == ColumnEncoding::kDictionary16) {
    copy(reinterpret_cast<const std::uint16_t*>(data_) + first);
  } else {
    copy(reinterpret_cast<const std::uint8_t*>(data_) + first);
  }
}

bool ColumnView::gather_codes(const std::uint64_t* ids, std::uint32_t count,
                              std::uint32_t* out) const {
  const bool wide = encoding() == ColumnEncoding::kDictionary16;
  std::uint32_t greatest = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto row = static_cast<std::uint32_t>(ids[i] & 4095);
    if (row >= header_.rows) return false;
    out[i] = wide ? load<std::uint16_t>(row) : load<std::uint8_t>(row);
    greatest = std::max(greatest, out[i]);
  }
  if (count > 0 && greatest >= header_.dictionary_size) corrupt("a code is not in its dictionary");
  return true;
}

}  // namespace geode::graph
