#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <geode/value.hpp>
#include "graph/graph_transaction.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {

/// A partial row in place: properties of one node or edge that have changed since its chunks were
/// written.
///
/// Bytes: flags u8 (1: the element was deleted, its columns are void), then per property key u32,
/// size u32, the value in the value codec; size 0 says that the property was removed.
class RowView {
 public:
  RowView() = default;
  explicit RowView(storage::ByteView bytes) : bytes_(bytes) {}

  bool deleted() const {
    return !bytes_.empty() && (static_cast<std::uint8_t>(bytes_[0]) & 1) != 0;
  }
  /// Absent: the row says nothing about `key`. Empty bytes: it was removed.
  std::optional<storage::ByteView> find(PropertyKeyId key) const;

  /// Calls visit(key, bytes of the value) for each property.
  template <class Visit>
  void each(Visit visit) const {
    std::size_t at = 1;
    while (at < bytes_.size()) {
      const Field field = field_at(at);
      visit(field.key, field.value);
      at = field.end;
    }
  }

 private:
  struct Field {
    PropertyKeyId key{};
    storage::ByteView value;
    std::size_t end = 0;
  };
  /// Throws Error 58X02 when the row is cut off.
  Field field_at(std::size_t at) const;
  storage::ByteView bytes_;
};

/// A partial row for changing.
class RowDelta {
 public:
  RowDelta() : bytes_(1, '\0') {}
  explicit RowDelta(storage::ByteView bytes) : bytes_(storage::as_text(bytes)) {}
  static RowDelta deleted_element();

  /// A key the row has no field of.
  void append(PropertyKeyId key, const Value& value);
  /// Null: removed.
  void set(PropertyKeyId key, const Value& value);
  storage::ByteView bytes() const { return storage::as_bytes(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace geode::graph
