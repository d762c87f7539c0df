#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <geode/ids.hpp>
#include "catalog/graph_type.hpp"
#include "catalog/security.hpp"

namespace geode::catalog {

using GraphId = geode::GraphId;
enum class LabelId : std::uint32_t {};  ///< a node label, interned per graph
/// An edge label, interned per graph, of directed or of undirected edges; at most 2^20.
enum class EdgeLabelId : std::uint32_t {};
enum class PropertyKeyId : std::uint32_t {};  ///< interned for the whole database
enum class ShapeId : std::uint32_t {};  ///< an interned sorted set of node labels of one graph
enum class IndexId : std::uint32_t {};

/// The graph that is always there. It stands in the root of the catalog.
inline constexpr GraphId kHomeGraph{0};
inline constexpr std::string_view kHomeGraphName = "default";
inline constexpr std::string_view kRootSchema = "/";
/// Of names and shapes that a dropped graph has left: their numbers are not used again.
using geode::kNoGraph;

struct GraphDefinition {
  GraphId id{};
  std::string schema;  ///< an absolute path: `/`, `/sales`, `/sales/eu`
  std::string name;
  std::shared_ptr<const GraphType> type;  ///< null: anything may be in it
};

enum class IndexKind : std::uint8_t { kUnique, kRange };

/// An index over nodes with `label`, on the composite of `keys`.
struct IndexDefinition {
  IndexId id{};
  std::string name;
  GraphId graph{};
  LabelId label{};
  std::vector<PropertyKeyId> keys;
  IndexKind kind = IndexKind::kRange;
  /// Set when a constraint owns the index; it is dropped with the constraint only.
  std::string constraint;
};

/// The numbers are those of the file.
enum class ConstraintKind : std::uint8_t { kUnique, kNotNull, kTyped, kCheck };

struct ConstraintDefinition {
  std::string name;
  ConstraintKind kind{};
  GraphId graph{};
  bool on_edges = false;
  std::uint32_t label = 0;  ///< LabelId, or EdgeLabelId when on_edges
  /// What it is about; of a check, the properties that its condition reads.
  std::vector<PropertyKeyId> keys;
  value::DeclaredType type = {};  ///< kTyped
  /// kCheck: the condition as GQL writes it, and the name that it has for the element.
  std::string condition = {}, variable = {};
};

/// Everything a database knows by name, as one snapshot sees it. Immutable; shared between
/// transactions that see the same catalog version. A write transaction works on a copy of its own
/// (CatalogWriter).
class Catalog {
 public:
  virtual ~Catalog() = default;

  /// Grows with each change of the catalog; two snapshots with the same version have equal
  /// catalogs.
  virtual std::uint64_t version() const = 0;

  virtual std::optional<LabelId> find_label(GraphId graph, std::string_view name) const = 0;
  virtual std::optional<EdgeLabelId> find_edge_label(GraphId graph,
                                                     std::string_view name) const = 0;
  virtual std::optional<PropertyKeyId> find_property_key(std::string_view name) const = 0;
  virtual const std::string& label_name(LabelId id) const = 0;
  virtual const std::string& edge_label_name(EdgeLabelId id) const = 0;
  virtual const std::string& property_key_name(PropertyKeyId id) const = 0;
  /// Ids run from 0 to count - 1.
  virtual std::uint32_t label_count() const = 0;
  virtual std::uint32_t edge_label_count() const = 0;
  virtual std::uint32_t property_key_count() const = 0;
  /// The labels of one graph, ascending. A name that has undirected edges stands there twice.
  virtual std::span<const LabelId> labels(GraphId graph) const = 0;
  virtual std::span<const EdgeLabelId> edge_labels(GraphId graph) const = 0;
  virtual GraphId graph_of(LabelId id) const = 0;
  virtual GraphId graph_of(EdgeLabelId id) const = 0;
  /// Edges without a direction have ids of their own for the names of their labels. The id that
  /// directed edges have for the same name; for theirs, the id itself.
  virtual EdgeLabelId directed_label(EdgeLabelId id) const = 0;
  /// The id that undirected edges have for the name of a directed label; nothing when there never
  /// was such an edge.
  virtual std::optional<EdgeLabelId> undirected_label(EdgeLabelId directed) const = 0;
  bool is_directed(EdgeLabelId id) const { return directed_label(id) == id; }
  /// Sorted labels of a shape.
  virtual std::span<const LabelId> shape_labels(ShapeId id) const = 0;
  virtual std::uint32_t shape_count() const = 0;

  /// The home graph first, then by schema and name.
  virtual const std::vector<GraphDefinition>& graphs() const = 0;
  /// By schema and name.
  virtual const std::vector<GraphTypeDefinition>& graph_types() const = 0;
  /// Absolute paths, sorted; the root first.
  virtual const std::vector<std::string>& schemas() const = 0;
  virtual const std::vector<IndexDefinition>& indexes() const = 0;
  virtual const std::vector<ConstraintDefinition>& constraints() const = 0;
  /// Never null. Two catalogs that share it have the same users and policies.
  virtual const std::shared_ptr<const Security>& security() const = 0;

  /// Null when there is none.
  const GraphDefinition* find_graph(std::string_view schema, std::string_view name) const;
  const GraphDefinition* find_graph(GraphId id) const;
  const GraphTypeDefinition* find_graph_type(std::string_view schema, std::string_view name) const;
  bool has_schema(std::string_view path) const;
};

}  // namespace geode::catalog
