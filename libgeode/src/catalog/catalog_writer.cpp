#include "catalog/catalog_writer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <tuple>

#include <geode/error.hpp>
#include <geode/ids.hpp>
#include "base/bytes.hpp"
#include "catalog/definition_codec.hpp"

namespace geode::catalog {
namespace {

// Edge ids keep 20 bits for the label.
constexpr std::uint32_t kMaximumEdgeLabels = 1u << (64 - kEdgeNumberBits);
constexpr std::size_t kMaximumNameBytes = 65535;
// Names of constraints and paths of schemas are part of LMDB keys, which have at most 511 bytes.
constexpr std::size_t kMaximumKeyNameBytes = 500;

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

std::string constraint_key(GraphId graph, std::string_view name) {
  std::string key = entry_key(0x15, static_cast<std::uint32_t>(graph));
  key += name;
  return key;
}

std::string schema_key(std::string_view path) {
  std::string key(1, '\x18');
  key += path;
  return key;
}

std::string graph_type_key(std::string_view schema, std::string_view name) {
  std::string key(1, '\x19');
  key += schema;
  key += '\0';
  key += name;
  return key;
}

void check_name(std::string_view what, std::string_view name,
                std::size_t maximum = kMaximumNameBytes) {
  if (name.empty()) {
    throw Error(status::kSyntaxError, std::string(what) + " must not be empty");
  }
  if (name.size() > maximum) {
    throw Error(status::kLimitExceeded,
                std::string(what) + " is longer than " + std::to_string(maximum) + " bytes");
  }
}

/// The entry of a label or a shape begins with its graph.
std::string graph_prefix(GraphId graph) {
  std::string value;
  base::append_le(value, static_cast<std::uint32_t>(graph));
  return value;
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

LabelId CatalogWriter::intern_label(GraphId graph, std::string_view name) {
  if (const auto known = catalog_->find_label(graph, name)) return *known;
  check_name("a label", name);
  const LabelId id = change().labels_.add(graph, name);
  std::string value = graph_prefix(graph);
  value += name;
  put(entry_key(0x10, static_cast<std::uint32_t>(id)), value);
  return id;
}

EdgeLabelId CatalogWriter::intern_edge_label(GraphId graph, std::string_view name,
                                             std::uint32_t out_shift, std::uint32_t in_shift) {
  if (const auto known = catalog_->find_edge_label(graph, name)) return *known;
  check_name("an edge label", name);
  check_edge_label_count();
  StoredCatalog& catalog = change();
  const EdgeLabelId id = catalog.add_edge_label(
      graph, name, true,
      {static_cast<std::uint8_t>(out_shift), static_cast<std::uint8_t>(in_shift)});
  put_edge_label(catalog, id);
  return id;
}

EdgeLabelId CatalogWriter::intern_undirected_label(EdgeLabelId directed, std::uint32_t shift) {
  if (const auto known = catalog_->undirected_label(directed)) return *known;
  check_edge_label_count();
  StoredCatalog& catalog = change();
  const auto both = static_cast<std::uint8_t>(shift);
  const EdgeLabelId id =
      catalog.add_edge_label(catalog.graph_of(directed),
                             std::string(catalog.edge_label_name(directed)), false, {both, both});
  put_edge_label(catalog, id);
  return id;
}

void CatalogWriter::check_edge_label_count() const {
  if (catalog_->edge_label_count() >= kMaximumEdgeLabels) {
    throw Error(status::kLimitExceeded, "a database has at most 1048576 edge labels");
  }
}

void CatalogWriter::set_chunk_shift(EdgeLabelId id, std::uint32_t out_shift,
                                    std::uint32_t in_shift) {
  StoredCatalog& catalog = change();
  catalog.edge_label_entries_[static_cast<std::uint32_t>(id)].chunk_shifts = {
      static_cast<std::uint8_t>(out_shift), static_cast<std::uint8_t>(in_shift)};
  put_edge_label(catalog, id);
}

void CatalogWriter::put(const std::string& key, std::string_view value) {
  txn_.put(storage::Table::kCatalog, storage::as_bytes(key), storage::as_bytes(value));
}

void CatalogWriter::erase(const std::string& key) {
  txn_.erase(storage::Table::kCatalog, storage::as_bytes(key));
}

void CatalogWriter::put_edge_label(const StoredCatalog& catalog, EdgeLabelId id) {
  std::string value = graph_prefix(catalog.graph_of(id));
  const auto [out_shift, in_shift] = catalog.entry(id).chunk_shifts;
  const bool directed = catalog.is_directed(id);
  base::append_le(value, static_cast<std::uint8_t>(
                             out_shift | (directed ? 0 : StoredCatalog::kUndirectedFlag)));
  base::append_le(value, in_shift);
  value += catalog.edge_label_name(id);
  put(entry_key(0x11, static_cast<std::uint32_t>(id)), value);
}

void CatalogWriter::put_counters(const StoredCatalog& catalog) {
  std::string value;
  base::append_le(value, catalog.next_index_);
  base::append_le(value, catalog.next_graph_);
  put("\x16", value);
}

PropertyKeyId CatalogWriter::intern_property_key(std::string_view name) {
  if (const auto known = catalog_->find_property_key(name)) return *known;
  check_name("a property key", name);
  const PropertyKeyId id = change().property_keys_.add(kHomeGraph, name);
  put(entry_key(0x12, static_cast<std::uint32_t>(id)), name);
  return id;
}

ShapeId CatalogWriter::intern_shape(GraphId graph, const std::vector<LabelId>& labels) {
  if (const auto known = catalog_->shapes_.find(graph, labels)) return *known;
  const ShapeId id = change().shapes_.add(graph, labels);
  std::string value = graph_prefix(graph);
  for (const LabelId label : labels) base::append_le(value, static_cast<std::uint32_t>(label));
  put(entry_key(0x13, static_cast<std::uint32_t>(id)), value);
  return id;
}

// ---- graphs and schemas

GraphId CatalogWriter::add_graph(std::string_view schema, std::string_view name) {
  check_name("the name of a graph", name);
  StoredCatalog& catalog = change();
  const GraphId id{catalog.next_graph_++};
  put_counters(catalog);
  GraphDefinition definition{id, std::string(schema), std::string(name), nullptr};
  put(entry_key(0x17, static_cast<std::uint32_t>(id)), encode_graph(definition));
  catalog.put_graph(std::move(definition));
  catalog.sort_definitions();
  return id;
}

void CatalogWriter::set_graph_type(GraphId id, std::shared_ptr<const GraphType> type) {
  StoredCatalog& catalog = change();
  GraphDefinition definition = *catalog.find_graph(id);
  definition.type = std::move(type);
  put(entry_key(0x17, static_cast<std::uint32_t>(id)), encode_graph(definition));
  catalog.put_graph(std::move(definition));
}

void CatalogWriter::put_graph_type(GraphTypeDefinition definition) {
  const std::string key = graph_type_key(definition.schema, definition.name);
  check_name("the path of a graph type", std::string_view(key).substr(1), kMaximumKeyNameBytes);
  remove_graph_type(definition.schema, definition.name);
  put(key, encode_graph_type(definition));
  StoredCatalog& catalog = change();
  catalog.graph_types_.push_back(std::move(definition));
  catalog.sort_definitions();
}

void CatalogWriter::remove_graph_type(std::string_view schema, std::string_view name) {
  std::erase_if(change().graph_types_, [&](const GraphTypeDefinition& type) {
    return type.schema == schema && type.name == name;
  });
  erase(graph_type_key(schema, name));
}

void CatalogWriter::remove_graph(GraphId id) {
  StoredCatalog& catalog = change();
  const std::string nothing = graph_prefix(kNoGraph);
  for (const LabelId label : catalog.labels(id)) {
    put(entry_key(0x10, static_cast<std::uint32_t>(label)), nothing);
  }
  const std::vector<EdgeLabelId> edge_labels(catalog.edge_labels(id).begin(),
                                             catalog.edge_labels(id).end());
  catalog.labels_.forget(id);
  catalog.edge_labels_.forget(id);
  for (const EdgeLabelId label : edge_labels) put_edge_label(catalog, label);
  std::erase_if(catalog.indexes_, [&](const IndexDefinition& index) {
    if (index.graph != id) return false;
    erase(entry_key(0x14, static_cast<std::uint32_t>(index.id)));
    return true;
  });
  std::erase_if(catalog.constraints_, [&](const ConstraintDefinition& constraint) {
    if (constraint.graph != id) return false;
    erase(constraint_key(id, constraint.name));
    return true;
  });
  std::erase_if(catalog.graphs_, [&](const GraphDefinition& graph) { return graph.id == id; });
  erase(entry_key(0x17, static_cast<std::uint32_t>(id)));
  remove_rights_on(id);
}

/// A graph that gets the name later gets none of the rights.
void CatalogWriter::remove_rights_on(GraphId id) {
  const std::shared_ptr<const Security> before = catalog_->security_;
  for (const std::string& key : security_keys_of(*before, id)) remove_security(key);
  for (Principal principal : before->principals) {
    const auto is_on_it = [&](const Grant& grant) { return grant.graph == id; };
    if (std::erase_if(principal.grants, is_on_it) != 0) put_security(security_entry(principal));
  }
}

void CatalogWriter::add_schema(std::string_view path) {
  check_name("the path of a schema", path, kMaximumKeyNameBytes);
  std::vector<std::string>& schemas = change().schemas_;
  schemas.insert(std::upper_bound(schemas.begin(), schemas.end(), path), std::string(path));
  put(schema_key(path), {});
}

void CatalogWriter::remove_schema(std::string_view path) {
  std::erase(change().schemas_, path);
  erase(schema_key(path));
}

// ---- indexes and constraints

const IndexDefinition& CatalogWriter::add_index(IndexDefinition definition) {
  check_name("the name of an index", definition.name);
  StoredCatalog& catalog = change();
  definition.id = IndexId{catalog.next_index_++};
  put_counters(catalog);
  put(entry_key(0x14, static_cast<std::uint32_t>(definition.id)), encode_index(definition));
  catalog.indexes_.push_back(std::move(definition));
  return catalog.indexes_.back();
}

void CatalogWriter::remove_index(IndexId id) {
  std::erase_if(change().indexes_, [&](const IndexDefinition& index) { return index.id == id; });
  erase(entry_key(0x14, static_cast<std::uint32_t>(id)));
}

void CatalogWriter::add_constraint(ConstraintDefinition definition) {
  check_name("the name of a constraint", definition.name, kMaximumKeyNameBytes);
  put(constraint_key(definition.graph, definition.name), encode_constraint(definition));
  // By graph and name, as they are read from the table.
  std::vector<ConstraintDefinition>& constraints = change().constraints_;
  const auto place = std::upper_bound(
      constraints.begin(), constraints.end(), definition, [](const auto& a, const auto& b) {
        return std::tie(a.graph, a.name) < std::tie(b.graph, b.name);
      });
  constraints.insert(place, std::move(definition));
}

void CatalogWriter::put_security(const SecurityEntry& entry) {
  // One byte of the key tells the kind, four the graph, one parts two names.
  check_name("the name of a user, role or policy", entry.key, kMaximumKeyNameBytes + 6);
  auto security = std::make_shared<Security>(*catalog_->security_);
  catalog::put_security(*security, storage::as_bytes(entry.key), storage::as_bytes(entry.value));
  put(entry.key, entry.value);
  change().security_ = std::move(security);
}

void CatalogWriter::remove_security(const std::string& key) {
  auto security = std::make_shared<Security>(*catalog_->security_);
  drop_security(*security, storage::as_bytes(key));
  erase(key);
  change().security_ = std::move(security);
}

void CatalogWriter::remove_constraint(GraphId graph, std::string_view name) {
  erase(constraint_key(graph, name));
  std::erase_if(change().constraints_, [&](const ConstraintDefinition& constraint) {
    return constraint.graph == graph && constraint.name == name;
  });
}

}  // namespace geode::catalog
