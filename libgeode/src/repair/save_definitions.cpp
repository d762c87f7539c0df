#include <algorithm>

#include <geode/error.hpp>
#include "repair/output.hpp"

namespace geode::repair {

namespace keys = graph::keys;

Output::Output(const Pieces& pieces, std::shared_ptr<const catalog::StoredCatalog> known,
               std::shared_ptr<storage::Environment> environment, Losses& losses)
    : pieces_(pieces),
      known_(std::move(known)),
      environment_(std::move(environment)),
      losses_(losses) {
  graph::BulkLoadOptions options;
  options.expected_bytes = pieces.file_bytes();
  loader_.emplace(environment_, options);
}

void Output::make_graphs() {
  graph::GraphTransaction& txn = loader_->transaction();
  graphs_[catalog::kHomeGraph] = catalog::kHomeGraph;
  for (const std::string& schema : known_->schemas()) {
    if (!txn.catalog().has_schema(schema)) txn.create_schema(schema);
  }
  for (const catalog::GraphDefinition& graph : known_->graphs()) {
    if (graph.id == catalog::kHomeGraph) continue;
    losses_.guard("graph " + graph.name, [&] {
      if (!txn.catalog().has_schema(graph.schema)) txn.create_schema(graph.schema);
      graphs_[graph.id] = txn.create_graph(graph.schema, graph.name);
    });
  }
}

GraphId Output::graph_of(GraphId before) {
  if (const auto known = graphs_.find(before); known != graphs_.end()) return known->second;
  const std::string number = std::to_string(static_cast<std::uint32_t>(before));
  graph::GraphTransaction& txn = loader_->transaction();
  std::string name = "salvaged_graph_" + number;
  while (txn.catalog().find_graph(catalog::kRootSchema, name) != nullptr) name += '_';
  losses_.add("graph number " + number, "its name is lost; it was saved as " + name);
  return graphs_[before] = txn.create_graph(catalog::kRootSchema, name);
}

LabelId Output::new_label(graph::GraphTransaction& txn, LabelId before) {
  if (keys::number(before) >= known_->label_count() ||
      known_->graph_of(before) == catalog::kNoGraph) {
    throw Error(status::kCorrupt, "the name of its label is lost; it is left out");
  }
  return txn.intern_label(graphs_.at(known_->graph_of(before)), known_->label_name(before));
}

std::vector<PropertyKeyId> Output::new_keys(graph::GraphTransaction& txn,
                                            const std::vector<PropertyKeyId>& before) {
  std::vector<PropertyKeyId> out;
  for (const PropertyKeyId key : before) {
    if (keys::number(key) >= known_->property_key_count() ||
        known_->property_key_name(key).empty()) {
      throw Error(status::kCorrupt, "the name of one of its properties is lost; it is left out");
    }
    out.push_back(txn.intern_property_key(known_->property_key_name(key)));
  }
  return out;
}

void Output::save_index(graph::GraphTransaction& txn, const catalog::IndexDefinition& index) {
  txn.create_index(index.name, new_label(txn, index.label), new_keys(txn, index.keys), index.kind);
  ++losses_.report().indexes;
}

void Output::save_constraint(graph::GraphTransaction& txn,
                             const catalog::ConstraintDefinition& each) {
  catalog::ConstraintDefinition definition = each;
  if (!graphs_.contains(each.graph)) {
    throw Error(status::kCorrupt, "its graph is lost; it is left out");
  }
  definition.graph = graphs_.at(each.graph);
  definition.keys = new_keys(txn, each.keys);
  if (!each.on_edges) {
    definition.label = keys::number(new_label(txn, LabelId{each.label}));
  } else {
    const EdgeLabelId label{each.label};
    if (each.label >= known_->edge_label_count() || known_->graph_of(label) == catalog::kNoGraph) {
      throw Error(status::kCorrupt, "the name of its edge label is lost; it is left out");
    }
    definition.label =
        keys::number(txn.intern_edge_label(definition.graph, known_->edge_label_name(label)));
  }
  txn.create_constraint(std::move(definition));
  ++losses_.report().constraints;
}

void Output::save_definitions() {
  loader_->finish();
  loader_.reset();
  const auto txn = graph::GraphTransaction::begin_write(environment_);
  // What fails is undone by itself.
  const auto attempt = [&](const std::string& what, const auto& create) {
    losses_.progress("indexes", losses_.report().indexes + losses_.report().constraints, 0);
    txn->begin_savepoint();
    if (losses_.guard(what, create)) {
      txn->release_savepoint();
    } else {
      txn->rollback_savepoint();
    }
  };
  for (const auto& definition : known_->graph_types()) {
    attempt("graph type " + definition.name, [&] {
      if (!txn->catalog().has_schema(definition.schema)) txn->create_schema(definition.schema);
      txn->put_graph_type(definition);
    });
  }
  for (const catalog::GraphDefinition& graph : known_->graphs()) {
    if (graph.type == nullptr || !graphs_.contains(graph.id)) continue;
    attempt("the type of graph " + graph.name,
            [&] { txn->set_graph_type(graphs_.at(graph.id), graph.type); });
  }
  for (const auto& definition : known_->constraints()) {
    attempt("constraint " + definition.name, [&] { save_constraint(*txn, definition); });
  }
  for (const auto& definition : known_->indexes()) {
    // Those of constraints came with them.
    if (!definition.constraint.empty()) continue;
    attempt("index " + definition.name, [&] { save_index(*txn, definition); });
  }
  const catalog::Security& security = *known_->security();
  for (catalog::Principal principal : security.principals) {
    attempt("user or role " + principal.name, [&] {
      std::erase_if(principal.grants, [&](catalog::Grant& grant) {
        if (grant.graph == catalog::kNoGraph) return false;
        if (!graphs_.contains(grant.graph)) return true;
        grant.graph = graphs_.at(grant.graph);
        return false;
      });
      txn->put_security(catalog::security_entry(principal));
    });
  }
  const auto save_of_graph = [&](const std::string& what, auto definition) {
    if (!graphs_.contains(definition.graph)) return;
    attempt(what, [&] {
      definition.graph = graphs_.at(definition.graph);
      txn->put_security(catalog::security_entry(definition));
    });
  };
  for (const auto& table : security.tables) save_of_graph("policies of " + table.label, table);
  for (const auto& policy : security.policies) save_of_graph("policy " + policy.name, policy);
  losses_.report().graphs = graphs_.size();
  txn->commit();
}

}  // namespace geode::repair
