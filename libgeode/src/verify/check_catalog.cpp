#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "catalog/definition_codec.hpp"
#include "graph/chunk/adjacency_chunk.hpp"
#include "verify/run.hpp"

namespace geode::verifier {

namespace {

std::uint32_t number(auto id) { return static_cast<std::uint32_t>(id); }

/// Entries of names and shapes are numbered from 0 without a gap: a reader counts them.
class CatalogCheck {
 public:
  explicit CatalogCheck(Run& run) : run_(run) {}

  void check_entries() {
    static constexpr std::array<const char*, 4> kKinds{"label", "edge label", "property key",
                                                       "shape"};
    std::array<std::uint32_t, 4> next{};
    storage::Cursor cursor = run_.txn().cursor(Table::kCatalog);
    for (bool more = cursor.first(); more; more = cursor.next()) {
      run_.looked_at();
      const auto kind = static_cast<std::uint8_t>(cursor.key()[0]);
      if (kind == 0x14) check_index_key(cursor.key(), cursor.value());
      if (kind == 0x16) read_counters(cursor.value());
      if (kind < 0x10 || kind > 0x13) continue;
      const char* name = kKinds[kind - 0x10];
      std::uint32_t& expected = next[kind - 0x10];
      if (cursor.key().size() != 5) {
        run_.damage(Table::kCatalog, name,
                    "a key of " + std::to_string(cursor.key().size()) + " bytes", "5 bytes");
        continue;
      }
      const std::uint32_t id = graph::keys::u32_at(cursor.key(), 1);
      if (id != expected) {
        run_.damage(Table::kCatalog, std::string(name) + " number " + std::to_string(id),
                    "it follows number " + std::to_string(std::int64_t{expected} - 1),
                    "numbers without a gap");
        names_dense_ = false;
      }
      expected = id + 1;
    }
  }
  /// Whether numbers mean what they should: otherwise everything that is named by number is void.
  bool names_dense() const { return names_dense_; }

  void check_references() {
    const catalog::StoredCatalog& all = *run_.catalog;
    for (std::uint32_t i = 0; i < all.label_count(); ++i) {
      check_graph_of_name("label", all.label_name(LabelId{i}), all.graph_of(LabelId{i}));
    }
    for (std::uint32_t i = 0; i < all.edge_label_count(); ++i) check_edge_label(EdgeLabelId{i});
    for (std::uint32_t i = 0; i < all.shape_count(); ++i) check_shape(ShapeId{i});
    for (const catalog::GraphDefinition& graph : all.graphs()) {
      if (!all.has_schema(graph.schema)) {
        run_.damage(Table::kCatalog, "graph " + graph.name, "schema " + graph.schema,
                    "a schema that exists");
      }
      if (has_counters_ && number(graph.id) >= next_graph_) {
        run_.damage(Table::kCatalog, "graph " + graph.name,
                    "number " + std::to_string(number(graph.id)),
                    "one below the next, " + std::to_string(next_graph_));
      }
    }
    for (const catalog::GraphTypeDefinition& type : all.graph_types()) {
      if (!all.has_schema(type.schema)) {
        run_.damage(Table::kCatalog, "graph type " + type.name, "schema " + type.schema,
                    "a schema that exists");
      }
    }
    for (const catalog::IndexDefinition& index : all.indexes()) check_index(index);
    for (const auto& constraint : all.constraints()) check_constraint(constraint);
  }

 private:
  void read_counters(ByteView value) {
    if (value.size() != 8) {
      run_.damage(Table::kCatalog, "the next numbers of indexes and graphs",
                  std::to_string(value.size()) + " bytes", "8 bytes");
      return;
    }
    has_counters_ = true;
    next_index_ = base::load_le<std::uint32_t>(value.data());
    next_graph_ = base::load_le<std::uint32_t>(value.data() + 4);
  }

  void check_index_key(ByteView key, ByteView value) {
    run_.guard(Table::kCatalog, "an index definition", [&] {
      const catalog::IndexDefinition index = catalog::decode_index(value);
      if (key.size() == 5 && graph::keys::u32_at(key, 1) == number(index.id)) return;
      run_.damage(Table::kCatalog, "index " + index.name,
                  "a definition of number " + std::to_string(number(index.id)),
                  "the number of its key");
    });
  }

  void check_graph_of_name(const char* what, const std::string& name, GraphId graph) {
    if (graph == catalog::kNoGraph || run_.catalog->find_graph(graph) != nullptr) return;
    run_.damage(Table::kCatalog, std::string(what) + " " + name,
                "graph number " + std::to_string(number(graph)), "a graph that exists");
  }

  void check_edge_label(EdgeLabelId label) {
    const std::string& name = run_.catalog->edge_label_name(label);
    check_graph_of_name("edge label", name, run_.catalog->graph_of(label));
    for (const bool incoming : {false, true}) {
      const std::uint32_t shift = run_.catalog->chunk_shift(label, incoming);
      if (shift >= graph::kMinimumChunkShift && shift <= graph::kMaximumChunkShift) continue;
      run_.damage(Table::kCatalog, "edge label " + name, "chunks of 2^" + std::to_string(shift),
                  "2^6 to 2^12 nodes");
    }
  }

  void check_shape(ShapeId shape) {
    const std::span<const LabelId> labels = run_.catalog->shape_labels(shape);
    const GraphId graph = run_.catalog->graph_of(shape);
    const bool dropped = run_.catalog->find_graph(graph) == nullptr;
    const std::string where = "shape number " + std::to_string(number(shape));
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (number(labels[i]) >= run_.catalog->label_count()) {
        run_.damage(Table::kCatalog, where, "label number " + std::to_string(number(labels[i])),
                    "a label that exists");
      } else if (!dropped && run_.catalog->graph_of(labels[i]) != graph) {
        run_.damage(Table::kCatalog, where,
                    run_.label_text(labels[i]) + ", which is of another graph",
                    "labels of its own graph");
      }
      if (i > 0 && labels[i] <= labels[i - 1]) {
        run_.damage(Table::kCatalog, where, "labels in no order", "ascending labels");
      }
    }
  }

  void check_keys(const std::string& where, const std::vector<PropertyKeyId>& keys) {
    for (const PropertyKeyId key : keys) {
      if (number(key) < run_.catalog->property_key_count()) continue;
      run_.damage(Table::kCatalog, where, "property number " + std::to_string(number(key)),
                  "a property key that exists");
    }
  }

  void check_label(const std::string& where, GraphId graph, bool on_edges, std::uint32_t label) {
    const std::uint32_t count =
        on_edges ? run_.catalog->edge_label_count() : run_.catalog->label_count();
    if (run_.catalog->find_graph(graph) == nullptr) {
      run_.damage(Table::kCatalog, where, "graph number " + std::to_string(number(graph)),
                  "a graph that exists");
    } else if (label >= count) {
      run_.damage(Table::kCatalog, where,
                  (on_edges ? "edge label number " : "label number ") + std::to_string(label),
                  "a label that exists");
    } else if ((on_edges ? run_.catalog->graph_of(EdgeLabelId{label})
                         : run_.catalog->graph_of(LabelId{label})) != graph) {
      run_.damage(Table::kCatalog, where,
                  (on_edges ? run_.edge_label_text(label) : run_.label_text(LabelId{label})) +
                      ", which is of another graph",
                  "a label of its own graph");
    }
  }

  void check_index(const catalog::IndexDefinition& index) {
    const std::string where = "index " + index.name;
    check_label(where, index.graph, false, number(index.label));
    check_keys(where, index.keys);
    if (index.keys.empty()) {
      run_.damage(Table::kCatalog, where, "no property keys", "one or more");
    }
    if (has_counters_ && number(index.id) >= next_index_) {
      run_.damage(Table::kCatalog, where, "number " + std::to_string(number(index.id)),
                  "one below the next, " + std::to_string(next_index_));
    }
    const auto& constraints = run_.catalog->constraints();
    if (!index.constraint.empty() &&
        std::none_of(constraints.begin(), constraints.end(), [&](const auto& constraint) {
          return constraint.graph == index.graph && constraint.name == index.constraint;
        })) {
      run_.damage(Table::kCatalog, where, "it belongs to constraint " + index.constraint,
                  "a constraint that exists");
    }
  }

  void check_constraint(const catalog::ConstraintDefinition& constraint) {
    const std::string where = "constraint " + constraint.name;
    check_label(where, constraint.graph, constraint.on_edges, constraint.label);
    check_keys(where, constraint.keys);
    const auto& indexes = run_.catalog->indexes();
    if (constraint.kind == catalog::ConstraintKind::kUnique &&
        std::none_of(indexes.begin(), indexes.end(), [&](const auto& index) {
          return index.graph == constraint.graph && index.constraint == constraint.name;
        })) {
      run_.damage(Table::kCatalog, where, "no index of it", "a unique index");
    }
  }

  Run& run_;
  bool names_dense_ = true;
  bool has_counters_ = false;
  std::uint32_t next_index_ = 0, next_graph_ = 0;
};

}  // namespace

void check_catalog(Run& run) {
  run.begin_part("catalog", "entries", run.txn().entry_count(Table::kCatalog));
  run.guard(Table::kHot, "the header", [&] { run.header = graph::read_header(run.txn()); });
  CatalogCheck check(run);
  check.check_entries();
  std::shared_ptr<const catalog::StoredCatalog> loaded;
  if (!run.guard(Table::kCatalog, "the catalog", [&] {
        loaded = catalog::StoredCatalog::load(run.txn(), run.header.catalog_version);
      })) {
    return;
  }
  run.catalog = loaded;
  check.check_references();
  if (!check.names_dense()) run.catalog = nullptr;
}

}  // namespace geode::verifier
