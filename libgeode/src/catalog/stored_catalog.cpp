#include "catalog/stored_catalog.hpp"

#include <algorithm>
#include <tuple>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "catalog/definition_codec.hpp"

namespace geode::catalog {
namespace {

/// A chunk of adjacency is of 2^12 nodes at most.
constexpr std::uint8_t kMostShift = 12;

void check_size(storage::ByteView bytes, std::size_t size) {
  if (bytes.size() < size) throw Error(status::kCorrupt, "an entry of the catalog is cut off");
}

/// The graph that begins the entry of a label, an edge label or a shape.
GraphId graph_at(storage::ByteView value) {
  check_size(value, 4);
  return GraphId{base::load_le<std::uint32_t>(value.data())};
}

std::string_view name_after(storage::ByteView value, std::size_t offset) {
  check_size(value, offset);
  return storage::as_text(value.subspan(offset));
}

}  // namespace

std::shared_ptr<const StoredCatalog> StoredCatalog::load(const storage::Transaction& txn,
                                                         std::uint64_t version) {
  auto out = std::make_shared<StoredCatalog>();
  out->version_ = version;
  std::shared_ptr<Security> security;
  storage::Cursor cursor = txn.cursor(storage::Table::kCatalog);
  constexpr std::byte kFirst{0x10}, kLast{0x1f};  // what follows belongs to the storage layer
  for (bool more = cursor.seek({&kFirst, 1}); more && cursor.key()[0] <= kLast;
       more = cursor.next()) {
    const storage::ByteView value = cursor.value();
    switch (static_cast<std::uint8_t>(cursor.key()[0])) {
      case 0x10:
        out->labels_.add(graph_at(value), name_after(value, 4));
        break;
      case 0x11: {
        const GraphId graph = graph_at(value);
        const std::string_view name = name_after(value, 6);
        const auto out_shift = static_cast<std::uint8_t>(value[4]);
        if ((out_shift & ~kUndirectedFlag) > kMostShift ||
            static_cast<std::uint8_t>(value[5]) > kMostShift) {
          throw Error(status::kCorrupt, "an edge label has chunks of an impossible size");
        }
        out->add_edge_label(graph, name, (out_shift & kUndirectedFlag) == 0,
                            {static_cast<std::uint8_t>(out_shift & ~kUndirectedFlag),
                             static_cast<std::uint8_t>(value[5])});
        break;
      }
      case 0x12:
        out->property_keys_.add(kHomeGraph, storage::as_text(value));
        break;
      case 0x13: {
        std::vector<LabelId> labels;
        for (std::size_t at = 4; at + 4 <= value.size(); at += 4) {
          labels.push_back(LabelId{base::load_le<std::uint32_t>(value.data() + at)});
          if (static_cast<std::uint32_t>(labels.back()) >= out->labels_.size()) {
            throw Error(status::kCorrupt, "a shape has a label that the catalog does not know");
          }
        }
        out->shapes_.add(graph_at(value), std::move(labels));
        break;
      }
      case 0x14:
        out->indexes_.push_back(decode_index(value));
        break;
      case 0x15:
        out->constraints_.push_back(decode_constraint(value));
        break;
      case 0x16:
        check_size(value, 8);
        out->next_index_ = base::load_le<std::uint32_t>(value.data());
        out->next_graph_ = base::load_le<std::uint32_t>(value.data() + 4);
        break;
      case 0x17:
        check_size(cursor.key(), 5);
        out->put_graph(
            decode_graph(GraphId{base::load_be<std::uint32_t>(cursor.key().data() + 1)}, value));
        break;
      case 0x19:
        out->graph_types_.push_back(decode_graph_type(value));
        break;
      case 0x18:
        out->schemas_.emplace_back(storage::as_text(cursor.key().subspan(1)));
        break;
      case 0x1a:
      case 0x1b:
      case 0x1c:
        if (security == nullptr) security = std::make_shared<Security>();
        put_security(*security, cursor.key(), value);
        break;
      default:
        throw Error(status::kCorrupt, "an entry of the catalog is of no known kind");
    }
  }
  if (security != nullptr) out->security_ = std::move(security);
  out->sort_definitions();
  return out;
}

EdgeLabelId StoredCatalog::add_edge_label(GraphId graph, std::string_view name, bool directed,
                                          std::array<std::uint8_t, 2> chunk_shifts) {
  // Of a dropped graph no name is known, nor asked for.
  const auto namesake = directed ? std::nullopt : edge_labels_.find(graph, name);
  const EdgeLabelId id =
      namesake ? edge_labels_.add_again(graph, name) : edge_labels_.add(graph, name);
  edge_label_entries_.push_back({chunk_shifts, namesake.value_or(id), std::nullopt});
  if (namesake) edge_label_entries_[static_cast<std::uint32_t>(*namesake)].undirected = id;
  return id;
}

void StoredCatalog::put_graph(GraphDefinition definition) {
  const auto present = std::find_if(graphs_.begin(), graphs_.end(),
                                    [&](const auto& graph) { return graph.id == definition.id; });
  if (present != graphs_.end()) {
    *present = std::move(definition);
  } else {
    graphs_.push_back(std::move(definition));
  }
}

void StoredCatalog::sort_definitions() {
  const auto by_path = [](const auto& a, const auto& b) {
    return std::tie(a.schema, a.name) < std::tie(b.schema, b.name);
  };
  std::sort(graphs_.begin() + 1, graphs_.end(), by_path);
  std::sort(graph_types_.begin(), graph_types_.end(), by_path);
}

}  // namespace geode::catalog
