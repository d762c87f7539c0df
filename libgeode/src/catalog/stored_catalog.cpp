#include "catalog/stored_catalog.hpp"

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "catalog/definition_codec.hpp"

namespace geode::catalog {
namespace {

template <class Id>
std::optional<Id> as_id(std::optional<std::uint32_t> number) {
  if (!number) return std::nullopt;
  return Id{*number};
}

std::string_view name_after(storage::ByteView value, std::size_t offset) {
  if (value.size() < offset) throw Error(status::kCorrupt, "a name of the catalog is cut off");
  return storage::as_text(value.subspan(offset));
}

}  // namespace

std::shared_ptr<const StoredCatalog> StoredCatalog::load(const storage::Transaction& txn,
                                                         std::uint64_t version) {
  auto out = std::make_shared<StoredCatalog>();
  out->version_ = version;
  storage::Cursor cursor = txn.cursor(storage::Table::kCatalog);
  constexpr std::byte kFirst{0x10};
  for (bool more = cursor.seek({&kFirst, 1}); more; more = cursor.next()) {
    const storage::ByteView value = cursor.value();
    switch (static_cast<std::uint8_t>(cursor.key()[0])) {
      case 0x10:
        out->labels_.add(name_after(value, 4));
        break;
      case 0x11:
        out->edge_labels_.add(name_after(value, 6));
        out->chunk_shifts_.push_back(
            {static_cast<std::uint8_t>(value[4]), static_cast<std::uint8_t>(value[5])});
        break;
      case 0x12:
        out->property_keys_.add(storage::as_text(value));
        break;
      case 0x13: {
        std::vector<LabelId> labels;
        for (std::size_t at = 4; at + 4 <= value.size(); at += 4) {
          labels.push_back(LabelId{base::load_le<std::uint32_t>(value.data() + at)});
        }
        out->shapes_.add(std::move(labels));
        break;
      }
      case 0x14:
        out->indexes_.push_back(decode_index(value));
        break;
      case 0x15:
        out->constraints_.push_back(decode_constraint(value));
        break;
      case 0x16:
        out->next_index_ = base::load_le<std::uint32_t>(value.data());
        break;
      default:
        return out;  // what follows belongs to the storage layer
    }
  }
  return out;
}

std::optional<LabelId> StoredCatalog::find_label(std::string_view name) const {
  return as_id<LabelId>(labels_.find(name));
}
std::optional<EdgeLabelId> StoredCatalog::find_edge_label(std::string_view name) const {
  return as_id<EdgeLabelId>(edge_labels_.find(name));
}
std::optional<PropertyKeyId> StoredCatalog::find_property_key(std::string_view name) const {
  return as_id<PropertyKeyId>(property_keys_.find(name));
}
const std::string& StoredCatalog::label_name(LabelId id) const {
  return labels_.name(static_cast<std::uint32_t>(id));
}
const std::string& StoredCatalog::edge_label_name(EdgeLabelId id) const {
  return edge_labels_.name(static_cast<std::uint32_t>(id));
}
const std::string& StoredCatalog::property_key_name(PropertyKeyId id) const {
  return property_keys_.name(static_cast<std::uint32_t>(id));
}

}  // namespace geode::catalog
