#include "graph/delta/row_delta.hpp"

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/value_codec.hpp"

namespace geode::graph {
namespace {

constexpr std::size_t kFieldHeaderBytes = 8;

}  // namespace

RowView::Field RowView::field_at(std::size_t at) const {
  const auto cut_off = [] { return Error(status::kCorrupt, "a partial row is cut off"); };
  if (bytes_.size() - at < kFieldHeaderBytes) throw cut_off();
  const auto size = base::load_le<std::uint32_t>(bytes_.data() + at + 4);
  if (bytes_.size() - at - kFieldHeaderBytes < size) throw cut_off();
  return {PropertyKeyId{base::load_le<std::uint32_t>(bytes_.data() + at)},
          bytes_.subspan(at + kFieldHeaderBytes, size), at + kFieldHeaderBytes + size};
}

std::optional<storage::ByteView> RowView::find(PropertyKeyId key) const {
  for (std::size_t at = 1; at < bytes_.size();) {
    const Field field = field_at(at);
    if (field.key == key) return field.value;
    at = field.end;
  }
  return std::nullopt;
}

RowDelta RowDelta::deleted_element() {
  RowDelta out;
  out.bytes_[0] = 1;
  return out;
}

void RowDelta::append(PropertyKeyId key, const Value& value) {
  base::append_le(bytes_, static_cast<std::uint32_t>(key));
  const std::size_t size_at = bytes_.size();
  base::append_le(bytes_, std::uint32_t{0});
  if (value.is_null()) return;
  storage::encode_value(value, bytes_);
  base::store_le(bytes_.data() + size_at, static_cast<std::uint32_t>(bytes_.size() - size_at - 4));
}

void RowDelta::set(PropertyKeyId key, const Value& value) {
  const std::optional<storage::ByteView> old = RowView(bytes()).find(key);
  if (old) {
    const auto begin = static_cast<std::size_t>(old->data() - bytes().data()) - kFieldHeaderBytes;
    bytes_.erase(begin, kFieldHeaderBytes + old->size());
  }
  append(key, value);
}

}  // namespace geode::graph
