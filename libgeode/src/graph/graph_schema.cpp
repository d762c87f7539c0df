#include <algorithm>
#include <string>

#include <geode/error.hpp>
#include "catalog/definition_codec.hpp"
#include "graph/constraint_check.hpp"
#include "graph/graph_type_check.hpp"
#include "graph/property_index.hpp"
#include "graph/transaction_impl.hpp"

namespace geode::graph {
namespace {

using catalog::ConstraintDefinition;
using catalog::ConstraintKind;
using catalog::IndexDefinition;
using catalog::IndexKind;

template <class Definitions>
auto find_by_name(const Definitions& all, GraphId graph, std::string_view name) {
  return std::find_if(all.begin(), all.end(), [&](const auto& definition) {
    return definition.graph == graph && definition.name == name;
  });
}

}  // namespace

void GraphTransaction::create_index(std::string name, LabelId label,
                                    std::vector<PropertyKeyId> keys, IndexKind kind,
                                    std::string owning_constraint) {
  WriteState& write = impl_->writer();
  const auto& all = write.catalog.catalog().indexes();
  const GraphId graph = catalog().graph_of(label);
  if (find_by_name(all, graph, name) != all.end()) {
    throw Error(status::kDuplicateObject, "index " + name + " exists already");
  }
  const bool same = std::any_of(all.begin(), all.end(), [&](const IndexDefinition& index) {
    return index.label == label && index.keys == keys && index.kind == kind;
  });
  if (same && owning_constraint.empty()) {
    throw Error(status::kDuplicateObject, "an index on " + catalog().label_name(label) + " " +
                                              key_names(catalog(), keys) + " exists already");
  }
  IndexDefinition definition;
  definition.name = std::move(name);
  definition.graph = graph;
  definition.label = label;
  definition.keys = std::move(keys);
  definition.kind = kind;
  definition.constraint = std::move(owning_constraint);
  const bool owned = !definition.constraint.empty();
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.text(LogOperation::kCreateIndex, catalog::encode_index(definition));
  }
  // A copy: the catalog may be copied on the way.
  const IndexDefinition added = write.catalog.add_index(std::move(definition));
  PropertyIndexes(*this).build(added);
  if (!owned) ++impl_->changes.indexes_added;
}

bool GraphTransaction::drop_index(GraphId graph, std::string_view name) {
  WriteState& write = impl_->writer();
  const auto& all = write.catalog.catalog().indexes();
  const auto found = find_by_name(all, graph, name);
  if (found == all.end()) return false;
  if (!found->constraint.empty()) {
    throw Error(status::kInvalidReference, "index " + found->name + " belongs to the constraint " +
                                               found->constraint + "; drop the constraint instead");
  }
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.text_of_graph(LogOperation::kDropIndex, graph, name);
  }
  PropertyIndexes(*this).erase_all(*found);
  write.catalog.remove_index(found->id);
  ++impl_->changes.indexes_removed;
  return true;
}

void GraphTransaction::create_constraint(ConstraintDefinition definition) {
  WriteState& write = impl_->writer();
  const auto& all = write.catalog.catalog().constraints();
  if (find_by_name(all, definition.graph, definition.name) != all.end()) {
    throw Error(status::kDuplicateObject, "constraint " + definition.name + " exists already");
  }
  const LogWriter::Change change(write.log);
  if (change.noted()) {
    write.log.text(LogOperation::kCreateConstraint, catalog::encode_constraint(definition));
  }
  switch (definition.kind) {
    case ConstraintKind::kUnique:
      if (definition.on_edges) {
        throw Error(status::kInvalidArgument,
                    "a uniqueness constraint can only be about nodes, not about edges of label " +
                        catalog().edge_label_name(EdgeLabelId{definition.label}));
      }
      create_index(definition.name, LabelId{definition.label}, definition.keys, IndexKind::kUnique,
                   definition.name);
      break;
    case ConstraintKind::kNotNull:
    case ConstraintKind::kTyped:
    case ConstraintKind::kCheck:
      check_constraint_everywhere(*this, definition);
      break;
  }
  write.changed = true;
  write.catalog.add_constraint(std::move(definition));
  ++impl_->changes.constraints_added;
}

bool GraphTransaction::drop_constraint(GraphId graph, std::string_view name) {
  WriteState& write = impl_->writer();
  const auto& all = write.catalog.catalog().constraints();
  const auto found = find_by_name(all, graph, name);
  if (found == all.end()) return false;
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.text_of_graph(LogOperation::kDropConstraint, graph, name);
  }
  const std::string own_name(name);
  const std::vector<IndexDefinition> indexes = write.catalog.catalog().indexes();
  for (const IndexDefinition& index : indexes) {
    if (index.graph != graph || index.constraint != own_name) continue;
    PropertyIndexes(*this).erase_all(index);
    write.catalog.remove_index(index.id);
  }
  write.catalog.remove_constraint(graph, own_name);
  ++impl_->changes.constraints_removed;
  return true;
}

GraphId GraphTransaction::create_graph(std::string_view schema, std::string_view name) {
  WriteState& write = impl_->writer();
  if (!catalog().has_schema(schema)) {
    throw Error(status::kInvalidReference, "there is no schema " + std::string(schema));
  }
  if (catalog().find_graph(schema, name) != nullptr) {
    throw Error(status::kDuplicateObject, "graph " + std::string(name) + " exists already");
  }
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.two_texts(LogOperation::kCreateGraph, schema, name);
  }
  return write.catalog.add_graph(schema, name);
}

void GraphTransaction::set_graph_type(GraphId graph,
                                      std::shared_ptr<const catalog::GraphType> type) {
  WriteState& write = impl_->writer();
  if (type != nullptr) check_graph_type(*this, graph, *type);
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.text_of_graph(
        LogOperation::kSetGraphType, graph,
        type != nullptr ? catalog::encode_graph_type({{}, {}, type}) : std::string());
  }
  write.catalog.set_graph_type(graph, std::move(type));
}

void GraphTransaction::put_graph_type(catalog::GraphTypeDefinition definition) {
  WriteState& write = impl_->writer();
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.text(LogOperation::kPutGraphType, catalog::encode_graph_type(definition));
  }
  write.catalog.put_graph_type(std::move(definition));
}

void GraphTransaction::drop_graph_type(std::string_view schema, std::string_view name) {
  WriteState& write = impl_->writer();
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.two_texts(LogOperation::kDropGraphType, schema, name);
  }
  write.catalog.remove_graph_type(schema, name);
}

void GraphTransaction::create_schema(std::string_view path) {
  WriteState& write = impl_->writer();
  if (catalog().has_schema(path)) {
    throw Error(status::kDuplicateObject, "schema " + std::string(path) + " exists already");
  }
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.text(LogOperation::kCreateSchema, path);
  }
  write.catalog.add_schema(path);
}

void GraphTransaction::drop_schema(std::string_view path) {
  WriteState& write = impl_->writer();
  const auto require_none = [&](const auto& all, const char* what) {
    const auto inside =
        std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.schema == path; });
    if (inside == all.end()) return;
    throw Error(status::kDependentObject,
                "schema " + std::string(path) + " still has the " + what + " " + inside->name)
        .hint("drop what is in it first");
  };
  require_none(catalog().graphs(), "graph");
  require_none(catalog().graph_types(), "graph type");
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.text(LogOperation::kDropSchema, path);
  }
  write.catalog.remove_schema(path);
}

void GraphTransaction::put_security(const catalog::SecurityEntry& entry) {
  WriteState& write = impl_->writer();
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.two_texts(LogOperation::kPutSecurity, entry.key, entry.value);
  }
  write.catalog.put_security(entry);
}

void GraphTransaction::drop_security(const std::string& key) {
  WriteState& write = impl_->writer();
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.text(LogOperation::kDropSecurity, key);
  }
  write.catalog.remove_security(key);
}

void GraphTransaction::check_statement_end() {
  if (impl_->write == nullptr) return;
  WriteState& write = impl_->writer();
  const PendingChecks checks = std::exchange(write.checks, PendingChecks());
  for (const NodeId node : checks.deleted_with_edges) {
    if (has_edges(node)) {
      throw Error(status::kEdgesStillConnected,
                  "node " + std::to_string(raw(node)) +
                      " still has edges; delete them too, or use DETACH DELETE")
          .category("ConstraintVerificationFailed", "DeleteConnectedNode");
    }
  }
  for (const NodeId node : checks.nodes) {
    check_constraints(*this, node);
    check_graph_type(*this, node);
  }
  for (const EdgeId edge : checks.edges) {
    check_constraints(*this, edge);
    check_graph_type(*this, edge);
  }
}

}  // namespace geode::graph
