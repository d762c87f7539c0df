#include "catalog/catalog_writer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

#include <geode/error.hpp>
#include <geode/ids.hpp>
#include "base/bytes.hpp"
#include "catalog/definition_codec.hpp"

namespace geode::catalog {
namespace {

// Edge ids keep 20 bits for the label.
constexpr std::uint32_t kMaximumEdgeLabels = 1u << (64 - kEdgeNumberBits);
constexpr std::size_t kMaximumNameBytes = 65535;
// A constraint's name is part of an LMDB key.
constexpr std::size_t kMaximumConstraintNameBytes = 500;

/// Versions grow, and carry random low bits: a version that was rolled back is not given again to
/// other contents, neither by this process nor by another.
std::uint64_t next_version(std::uint64_t version) {
  static std::atomic<std::uint64_t> salt{0};
  const auto now =
      static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  std::uint64_t mixed = (now + salt.fetch_add(0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu;
  mixed ^= mixed >> 33;
  return ((version >> 24) + 1) << 24 | (mixed & 0xffffffu);
}

std::string entry_key(std::uint8_t kind, std::uint32_t number) {
  std::string key(1, static_cast<char>(kind));
  base::append_be(key, number);
  return key;
}

void check_name(std::string_view what, std::string_view name) {
  if (name.empty()) {
    throw Error(status::kSyntaxError, std::string(what) + " must not be empty");
  }
  if (name.size() > kMaximumNameBytes) {
    throw Error(status::kLimitExceeded, std::string(what) + " is longer than 65535 bytes");
  }
}

}  // namespace

StoredCatalog& CatalogWriter::change() {
  // Copied each time: whoever holds the present one keeps it unchanged. Names are new only once.
  if (catalog_.use_count() > 1) {
    auto copy = std::make_shared<StoredCatalog>(*catalog_);
    catalog_ = copy;
  }
  auto& catalog = const_cast<StoredCatalog&>(*catalog_);  // ours alone, and made as not const
  catalog.version_ = next_version(catalog.version_);
  return catalog;
}

LabelId CatalogWriter::intern_label(std::string_view name) {
  if (const auto known = catalog_->find_label(name)) return *known;
  check_name("a label", name);
  const LabelId id{change().labels_.add(name)};
  std::string value;
  base::append_le(value, static_cast<std::uint32_t>(kHomeGraph));
  value += name;
  txn_.put(storage::Table::kCatalog,
           storage::as_bytes(entry_key(0x10, static_cast<std::uint32_t>(id))),
           storage::as_bytes(value));
  return id;
}

EdgeLabelId CatalogWriter::intern_edge_label(std::string_view name, std::uint32_t out_shift,
                                             std::uint32_t in_shift) {
  if (const auto known = catalog_->find_edge_label(name)) return *known;
  check_name("an edge label", name);
  if (catalog_->edge_label_count() >= kMaximumEdgeLabels) {
    throw Error(status::kLimitExceeded, "a database has at most 1048576 edge labels");
  }
  StoredCatalog& catalog = change();
  const EdgeLabelId id{catalog.edge_labels_.add(name)};
  catalog.chunk_shifts_.push_back(
      {static_cast<std::uint8_t>(out_shift), static_cast<std::uint8_t>(in_shift)});
  put_edge_label(catalog, id);
  return id;
}

void CatalogWriter::set_chunk_shift(EdgeLabelId id, std::uint32_t out_shift,
                                    std::uint32_t in_shift) {
  StoredCatalog& catalog = change();
  catalog.chunk_shifts_[static_cast<std::uint32_t>(id)] = {static_cast<std::uint8_t>(out_shift),
                                                           static_cast<std::uint8_t>(in_shift)};
  put_edge_label(catalog, id);
}

void CatalogWriter::put_edge_label(const StoredCatalog& catalog, EdgeLabelId id) {
  std::string value;
  base::append_le(value, static_cast<std::uint32_t>(kHomeGraph));
  for (const std::uint8_t shift : catalog.chunk_shifts_[static_cast<std::uint32_t>(id)]) {
    base::append_le(value, shift);
  }
  value += catalog.edge_label_name(id);
  txn_.put(storage::Table::kCatalog,
           storage::as_bytes(entry_key(0x11, static_cast<std::uint32_t>(id))),
           storage::as_bytes(value));
}

PropertyKeyId CatalogWriter::intern_property_key(std::string_view name) {
  if (const auto known = catalog_->find_property_key(name)) return *known;
  check_name("a property key", name);
  const PropertyKeyId id{change().property_keys_.add(name)};
  txn_.put(storage::Table::kCatalog,
           storage::as_bytes(entry_key(0x12, static_cast<std::uint32_t>(id))),
           storage::as_bytes(name));
  return id;
}

ShapeId CatalogWriter::intern_shape(const std::vector<LabelId>& labels) {
  if (const auto known = catalog_->shapes_.find(labels)) return *known;
  const ShapeId id = change().shapes_.add(labels);
  std::string value;
  base::append_le(value, static_cast<std::uint32_t>(kHomeGraph));
  for (const LabelId label : labels) base::append_le(value, static_cast<std::uint32_t>(label));
  txn_.put(storage::Table::kCatalog,
           storage::as_bytes(entry_key(0x13, static_cast<std::uint32_t>(id))),
           storage::as_bytes(value));
  return id;
}

const IndexDefinition& CatalogWriter::add_index(IndexDefinition definition) {
  check_name("the name of an index", definition.name);
  StoredCatalog& catalog = change();
  definition.id = IndexId{catalog.next_index_++};
  std::string next;
  base::append_le(next, catalog.next_index_);
  constexpr std::byte kNextIndex{0x16};
  txn_.put(storage::Table::kCatalog, {&kNextIndex, 1}, storage::as_bytes(next));
  txn_.put(storage::Table::kCatalog,
           storage::as_bytes(entry_key(0x14, static_cast<std::uint32_t>(definition.id))),
           storage::as_bytes(encode_index(definition)));
  catalog.indexes_.push_back(std::move(definition));
  return catalog.indexes_.back();
}

void CatalogWriter::remove_index(IndexId id) {
  std::erase_if(change().indexes_, [&](const IndexDefinition& index) { return index.id == id; });
  txn_.erase(storage::Table::kCatalog,
             storage::as_bytes(entry_key(0x14, static_cast<std::uint32_t>(id))));
}

void CatalogWriter::add_constraint(ConstraintDefinition definition) {
  check_name("the name of a constraint", definition.name);
  if (definition.name.size() > kMaximumConstraintNameBytes) {
    throw Error(status::kLimitExceeded, "the name of a constraint is longer than 500 bytes");
  }
  txn_.put(storage::Table::kCatalog, storage::as_bytes("\x15" + definition.name),
           storage::as_bytes(encode_constraint(definition)));
  // By name, as they are read from the table.
  std::vector<ConstraintDefinition>& constraints = change().constraints_;
  const auto place = std::upper_bound(constraints.begin(), constraints.end(), definition,
                                      [](const auto& a, const auto& b) { return a.name < b.name; });
  constraints.insert(place, std::move(definition));
}

void CatalogWriter::remove_constraint(std::string_view name) {
  std::string key = "\x15";
  key += name;
  txn_.erase(storage::Table::kCatalog, storage::as_bytes(key));
  std::erase_if(change().constraints_,
                [&](const ConstraintDefinition& constraint) { return constraint.name == name; });
}

}  // namespace geode::catalog
