#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "gql/bind/binder.hpp"

namespace geode::gql {

/// A catalog in memory whose names the test chooses; new names can be given while a statement is
/// bound.
class FakeCatalog final : public catalog::Catalog, public NameInterner {
 public:
  FakeCatalog() = default;
  FakeCatalog(std::vector<std::string> labels, std::vector<std::string> edge_labels,
              std::vector<std::string> keys)
      : labels_(std::move(labels)), edge_labels_(std::move(edge_labels)), keys_(std::move(keys)) {}

  std::uint64_t version() const override { return 1; }
  std::optional<catalog::LabelId> find_label(catalog::GraphId,
                                             std::string_view name) const override {
    return find<catalog::LabelId>(labels_, name);
  }
  std::optional<catalog::EdgeLabelId> find_edge_label(catalog::GraphId,
                                                      std::string_view name) const override {
    return find<catalog::EdgeLabelId>(edge_labels_, name);
  }
  std::optional<catalog::PropertyKeyId> find_property_key(std::string_view name) const override {
    return find<catalog::PropertyKeyId>(keys_, name);
  }
  const std::string& label_name(catalog::LabelId id) const override {
    return labels_[static_cast<std::size_t>(id)];
  }
  const std::string& edge_label_name(catalog::EdgeLabelId id) const override {
    return edge_labels_[static_cast<std::size_t>(id)];
  }
  const std::string& property_key_name(catalog::PropertyKeyId id) const override {
    return keys_[static_cast<std::size_t>(id)];
  }
  std::uint32_t label_count() const override { return count(labels_); }
  std::uint32_t edge_label_count() const override { return count(edge_labels_); }
  std::uint32_t property_key_count() const override { return count(keys_); }
  std::span<const catalog::LabelId> shape_labels(catalog::ShapeId) const override { return {}; }
  std::uint32_t shape_count() const override { return 0; }
  std::span<const catalog::LabelId> labels(catalog::GraphId) const override {
    return all(labels_, label_ids_);
  }
  std::span<const catalog::EdgeLabelId> edge_labels(catalog::GraphId) const override {
    return all(edge_labels_, edge_label_ids_);
  }
  catalog::GraphId graph_of(catalog::LabelId) const override { return catalog::kHomeGraph; }
  catalog::GraphId graph_of(catalog::EdgeLabelId) const override { return catalog::kHomeGraph; }
  catalog::EdgeLabelId directed_label(catalog::EdgeLabelId id) const override { return id; }
  std::optional<catalog::EdgeLabelId> undirected_label(catalog::EdgeLabelId) const override {
    return std::nullopt;
  }
  const std::vector<catalog::GraphDefinition>& graphs() const override { return graphs_; }
  const std::vector<catalog::GraphTypeDefinition>& graph_types() const override {
    return graph_types_;
  }
  const std::vector<std::string>& schemas() const override { return schemas_; }
  const std::vector<catalog::IndexDefinition>& indexes() const override { return indexes_; }
  const std::vector<catalog::ConstraintDefinition>& constraints() const override {
    return constraints_;
  }
  const std::shared_ptr<const catalog::Security>& security() const override { return security_; }

  void intern_label(catalog::GraphId, std::string_view name) override { intern(labels_, name); }
  void intern_edge_label(catalog::GraphId, std::string_view name, bool) override {
    intern(edge_labels_, name);
  }
  void intern_property_key(std::string_view name) override { intern(keys_, name); }
  const catalog::Catalog& catalog() const override { return *this; }

 private:
  static std::uint32_t count(const std::vector<std::string>& names) {
    return static_cast<std::uint32_t>(names.size());
  }
  template <class Id>
  static std::span<const Id> all(const std::vector<std::string>& names, std::vector<Id>& ids) {
    while (ids.size() < names.size()) ids.push_back(Id{static_cast<std::uint32_t>(ids.size())});
    return ids;
  }
  template <class Id>
  static std::optional<Id> find(const std::vector<std::string>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Id>(found - names.begin());
  }
  static void intern(std::vector<std::string>& names, std::string_view name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  }

  std::vector<std::string> labels_, edge_labels_, keys_;
  mutable std::vector<catalog::LabelId> label_ids_;
  mutable std::vector<catalog::EdgeLabelId> edge_label_ids_;
  std::vector<catalog::GraphDefinition> graphs_{{catalog::kHomeGraph,
                                                 std::string(catalog::kRootSchema),
                                                 std::string(catalog::kHomeGraphName), nullptr}};
  std::vector<catalog::GraphTypeDefinition> graph_types_;
  std::vector<std::string> schemas_{std::string(catalog::kRootSchema)};
  std::vector<catalog::IndexDefinition> indexes_;
  std::vector<catalog::ConstraintDefinition> constraints_;
  std::shared_ptr<const catalog::Security> security_ = std::make_shared<catalog::Security>();
};

}  // namespace geode::gql
