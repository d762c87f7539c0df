#include <algorithm>

#include <geode/error.hpp>
#include "graph/header.hpp"
#include "graph/label_index.hpp"
#include "repair/output.hpp"
#include "repair/rows.hpp"

namespace geode::repair {

namespace {

using graph::kExtentBits;
using graph::kExtentRows;
namespace keys = graph::keys;

/// Kinds with fewer nodes share extents, so they are inserted one by one.
constexpr std::size_t kFewNodes = 1024;

std::string nodes_text(std::uint32_t extent) {
  const std::uint64_t first = std::uint64_t{extent} << kExtentBits;
  return "nodes " + std::to_string(first) + " to " + std::to_string(first + kExtentRows - 1);
}

/// Of the last key of `prefix` and four bytes; none where there is no such key.
std::optional<std::uint32_t> last_number(const storage::Transaction& txn, std::uint8_t prefix) {
  storage::Cursor cursor = txn.cursor(Table::kBase);
  const bool any = cursor.seek_before(graph::Key().u8(static_cast<std::uint8_t>(prefix + 1)));
  if (!any || !cursor.has_prefix(graph::Key().u8(prefix)) || cursor.key().size() != 5) {
    return std::nullopt;
  }
  return keys::u32_at(cursor.key(), 1);
}

}  // namespace

std::vector<PropertyKeyId> Output::named(const ElementValues& values) const {
  std::vector<PropertyKeyId> out;
  for (const PropertyKeyId key : values.keys()) {
    const bool known =
        keys::number(key) < known_->property_key_count() && !known_->property_key_name(key).empty();
    if (known) {
      out.push_back(key);
    } else {
      losses_.add("property number " + std::to_string(keys::number(key)),
                  "its name is lost, so its values are left out");
    }
  }
  return out;
}

void Output::add_extent(std::uint32_t number, std::map<Kind, std::vector<std::uint32_t>>& out) {
  const graph::Key key = keys::extent(number);
  const auto stored = pieces_.txn().get(Table::kBase, key);
  if (!stored) {
    if (pieces_.may_miss(Table::kBase, key)) {
      losses_.add(nodes_text(number),
                  "which nodes there were is lost; those with labels are saved");
      add_from_labels(number, out);
    }
    return;
  }
  graph::Extent extent;
  if (!losses_.guard(nodes_text(number), [&] { extent = graph::Extent::decode(*stored); })) {
    add_from_labels(number, out);
    return;
  }
  bool unknown = false;
  for (std::uint32_t row = 0; row < std::min(extent.rows, kExtentRows); ++row) {
    const std::uint32_t shape = extent.shape_of(row);
    if (shape == graph::kNoShape) continue;
    if (shape >= known_->shape_count() ||
        known_->graph_of(catalog::ShapeId{shape}) == catalog::kNoGraph) {
      unknown = true;
      continue;
    }
    const GraphId graph = known_->graph_of(catalog::ShapeId{shape});
    std::vector<LabelId> labels;
    for (const LabelId label : known_->shape_labels(catalog::ShapeId{shape})) {
      if (known_->graph_of(label) == graph) labels.push_back(label);
    }
    out[{graph, std::move(labels)}].push_back((number << kExtentBits) + row);
  }
  if (!unknown) return;
  losses_.add(nodes_text(number),
              "the label sets of some nodes are lost; those with labels are saved");
  add_from_labels(number, out);
}

void Output::add_from_labels(std::uint32_t extent,
                             std::map<Kind, std::vector<std::uint32_t>>& out) {
  std::map<std::uint32_t, std::vector<LabelId>> found;  // by row
  constexpr std::uint32_t kExtentsOfContainer = 1u << (graph::kContainerBits - kExtentBits);
  const std::uint32_t high = extent / kExtentsOfContainer;
  const std::uint32_t first = extent % kExtentsOfContainer * kExtentRows;
  std::vector<NodeId> low(kExtentRows);
  for (std::uint32_t number = 0; number < known_->label_count(); ++number) {
    const LabelId label{number};
    const auto stored = pieces_.txn().get(Table::kBase, keys::label_container(label, high));
    if (!stored || known_->graph_of(label) == catalog::kNoGraph) continue;
    losses_.guard(nodes_text(extent), [&] {
      const graph::BitmapView view(*stored);
      view.verify();
      const std::uint32_t count = view.collect(first, 0, low.data(), kExtentRows);
      for (std::uint32_t i = 0; i < count && raw(low[i]) < first + kExtentRows; ++i) {
        found[static_cast<std::uint32_t>(raw(low[i])) - first].push_back(label);
      }
    });
  }
  for (auto& [row, labels] : found) {
    const std::uint32_t id = (extent << kExtentBits) + row;
    const GraphId graph = known_->graph_of(labels.front());
    std::erase_if(labels, [&](LabelId label) { return known_->graph_of(label) != graph; });
    auto& ids = out[{graph, std::move(labels)}];
    // Those of known label sets are there already.
    if (!std::binary_search(ids.begin(), ids.end(), id)) ids.push_back(id);
  }
}

void Output::find_nodes(std::map<Kind, std::vector<std::uint32_t>>& out) {
  constexpr std::uint32_t kMostExtents = 1u << (32 - kExtentBits);
  std::uint32_t extents = last_number(pieces_.txn(), 0x31).value_or(0) + 1;
  losses_.guard("the header of the database",
                [&] { extents = std::max(extents, graph::read_header(pieces_.txn()).extents); });
  extents = std::min(extents, kMostExtents);
  new_nodes_.assign(std::size_t{extents} << kExtentBits, kNotSaved);
  for (std::uint32_t number = 0; number < extents; ++number) add_extent(number, out);
  for (auto& [kind, ids] : out) std::sort(ids.begin(), ids.end());
}

void Output::save_nodes() {
  std::map<Kind, std::vector<std::uint32_t>> kinds;
  find_nodes(kinds);
  ElementValues values(pieces_, losses_, graph::ElementKind::kNode, 0, "nodes");
  make_graphs();
  const std::vector<PropertyKeyId> keys = named(values);
  for (const auto& [kind, ids] : kinds) save_kind(kind, ids, values, keys);
  losses_.report().nodes = nodes_done_;
}

void Output::save_kind(const Kind& kind, const std::vector<std::uint32_t>& ids,
                       ElementValues& values, const std::vector<PropertyKeyId>& keys) {
  graph::GraphTransaction& txn = loader_->transaction();
  const GraphId graph = graph_of(kind.first);
  std::vector<std::string> labels, names;
  for (const LabelId label : kind.second) labels.push_back(known_->label_name(label));
  for (const PropertyKeyId key : keys) names.push_back(known_->property_key_name(key));
  Rows rows(values, keys);
  const bool few = ids.size() < kFewNodes;
  std::vector<LabelId> new_labels;
  std::vector<PropertyKeyId> new_keys;
  std::uint32_t next = 0;
  if (few) {
    for (const std::string& label : labels) new_labels.push_back(txn.intern_label(graph, label));
    std::sort(new_labels.begin(), new_labels.end());
    for (const std::string& name : names) new_keys.push_back(txn.intern_property_key(name));
  } else {
    loader_->use_graph(graph);
    next = static_cast<std::uint32_t>(raw(loader_->begin_nodes(labels, names)));
  }
  for (const std::uint32_t id : ids) {
    if (new_nodes_[id] != kNotSaved) continue;
    values.begin(id);
    rows.add();
    ++nodes_done_;
    if (few) {
      graph::Properties properties = rows.properties(0);
      for (auto& [key, value] : properties) {
        key = new_keys[static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) -
                                                keys.begin())];
      }
      new_nodes_[id] =
          static_cast<std::uint32_t>(raw(txn.insert_node(graph, new_labels, properties)));
      rows.clear();
      continue;
    }
    new_nodes_[id] = next++;
    if (!rows.full()) continue;
    loader_->add_nodes(rows.vectors(), rows.size());
    rows.clear();
    losses_.progress("nodes", nodes_done_, new_nodes_.size());
  }
  if (!few) {
    if (rows.size() > 0) loader_->add_nodes(rows.vectors(), rows.size());
    loader_->end_nodes();
  }
  losses_.report().properties += rows.value_count();
}

}  // namespace geode::repair
