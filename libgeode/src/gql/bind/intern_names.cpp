#include "gql/bind/intern_names.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace geode::gql {

namespace {

/// Walks a statement's clauses; expressions cannot write.
class NameWalk {
 public:
  NameWalk(NameInterner& interner, CatalogContext context)
      : interner_(interner), context_(std::move(context)) {}

  /// Some of the names that are written are known only when the statement runs.
  bool computes_names() const { return computes_names_; }
  /// From now on the labels of MATCH count as well: the statement may be about to write them.
  void read_patterns() { reads_patterns_ = true; }

  void query(const ast::Query& query) {
    const CatalogContext before = context_;
    const Graphs graphs = graphs_;
    if (query.at) context_.schema = find_schema(*query.at, context_, interner_.catalog());
    for (const ast::Definition& definition : query.definitions) {
      note(definition.variable.text, *definition.value, graphs_);
    }
    for (const ast::CompositeQuery& part : query.parts) {
      linear(part.first);
      for (const auto& [op, each] : part.rest) linear(each);
    }
    context_ = before;
    graphs_ = graphs;
  }

 private:
  /// Variables that are known to be a graph.
  using Graphs = std::map<std::string, catalog::GraphId, std::less<>>;

  KnownGraph known(std::string_view name) const {
    const auto found = graphs_.find(name);
    if (found == graphs_.end()) return {};
    return {true, found->second};
  }

  void note(const std::string& name, const ast::Expression& value, Graphs& out) {
    const auto graph = known_graph(value, context_, interner_.catalog(),
                                   [this](std::string_view variable) { return known(variable); });
    if (graph) {
      out[name] = *graph;
    } else {
      out.erase(name);
    }
  }

  /// What goes on behind a projection is what it gives.
  void project(const ast::Projection& projection) {
    Graphs kept;
    if (projection.star) kept = graphs_;
    for (const ast::ProjectionItem& item : projection.items) {
      const auto* variable = std::get_if<ast::Variable>(&item.expression->node);
      if (item.alias || variable != nullptr) {
        note(item.alias ? item.alias->text : variable->name, *item.expression, kept);
      }
    }
    graphs_ = std::move(kept);
  }

  /// USE reaches to the end of a linear query.
  void linear(const ast::LinearQuery& linear) {
    const catalog::GraphId before = context_.graph;
    clauses(linear.clauses);
    context_.graph = before;
  }

  void clauses(const std::vector<ast::Clause>& list) {
    for (const ast::Clause& clause : list) {
      std::visit([this](const auto& node) { visit(node); }, clause);
    }
  }

  void visit(const ast::InsertClause& clause) {
    for (const ast::PathPattern& path : clause.paths) this->path(path.term);
  }
  void visit(const ast::MergeClause& clause) {
    path(clause.path.term);
    items(clause.on_create);
    items(clause.on_match);
  }
  void visit(const ast::SetClause& clause) { items(clause.items); }
  void visit(const std::unique_ptr<ast::ForeachClause>& clause) { clauses(clause->body); }
  void visit(const ast::CallSubquery& clause) { query(*clause.query); }
  void visit(const ast::UseClause& clause) {
    context_.graph = find_graph(clause.graph, context_, interner_.catalog(),
                                [this](std::string_view name) { return known(name); });
  }
  void visit(const ast::LetClause& clause) {
    for (const ast::ValueBinding& binding : clause.bindings) {
      note(binding.variable.text, *binding.value, graphs_);
    }
  }
  void visit(const ast::WithClause& clause) { project(clause.projection); }
  void visit(const ast::ReturnClause& clause) { project(clause.projection); }
  void visit(const ast::MatchClause& clause) {
    if (!reads_patterns_) return;
    for (const ast::PathPattern& path : clause.pattern.paths) this->path(path.term);
    for (const ast::MatchClause& inner : clause.block) visit(inner);
  }
  // The other clauses only read.
  template <class Clause>
  void visit(const Clause&) {}

  void path(const ast::PathTerm& term) {
    for (const ast::PathFactor& factor : term.factors) {
      if (const auto* node = std::get_if<ast::NodePattern>(&factor)) {
        element(node->element, {true, true});
      } else if (const auto* edge = std::get_if<ast::EdgePattern>(&factor)) {
        element(edge->element, {false, edge->direction != ast::EdgeDirection::kUndirected});
      } else {
        path(*std::get<ast::ParenthesizedPath>(factor).term);
      }
    }
    for (const ast::PathTerm& alternative : term.alternatives) path(alternative);
  }

  struct Kind {
    bool node, directed;
  };

  void element(const ast::ElementPattern& element, Kind kind) {
    if (element.labels) labels(*element.labels, kind);
    for (const auto& [name, value] : element.properties) interner_.intern_property_key(name.text);
    if (element.property_parameter) keys(*element.property_parameter);
  }

  void labels(const ast::LabelExpression& expression, Kind kind) {
    computes_names_ = computes_names_ || expression.dynamic != nullptr;
    if (expression.kind == ast::LabelExpression::Kind::kName) {
      if (kind.node) {
        interner_.intern_label(context_.graph, expression.name.text);
      } else {
        interner_.intern_edge_label(context_.graph, expression.name.text, kind.directed);
      }
    }
    if (expression.left) labels(*expression.left, kind);
    if (expression.right) labels(*expression.right, kind);
  }

  void items(const std::vector<ast::SetItem>& list) {
    for (const ast::SetItem& item : list) {
      if (item.kind == ast::SetItem::Kind::kProperty && !item.key_expression)
        interner_.intern_property_key(item.key.text);
      for (const ast::WrittenLabel& label : item.labels) {
        computes_names_ = computes_names_ || label.dynamic != nullptr;
        if (!label.dynamic) interner_.intern_label(context_.graph, label.name.text);
      }
      if (item.kind == ast::SetItem::Kind::kAllProperties ||
          item.kind == ast::SetItem::Kind::kAddProperties) {
        keys(*item.value);
      }
    }
  }

  void keys(const ast::Expression& map) {
    if (const auto* record = std::get_if<ast::RecordConstructor>(&map.node)) {
      for (const auto& [name, value] : record->fields) interner_.intern_property_key(name.text);
    }
  }

  NameInterner& interner_;
  CatalogContext context_;
  Graphs graphs_;
  bool computes_names_ = false;
  bool reads_patterns_ = false;
};

}  // namespace

void intern_written_names(const ast::Query& query, NameInterner& interner,
                          const CatalogContext& context) {
  NameWalk walk(interner, context);
  walk.query(query);
  if (!walk.computes_names()) return;
  walk.read_patterns();
  walk.query(query);
}

}  // namespace geode::gql
