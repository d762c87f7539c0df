#pragma once

#include <set>
#include <stdexcept>
#include <string>

#include "gql/bind/bound/statement.hpp"

namespace geode::gql {

/// Walks a bound statement as an executor would, and throws std::logic_error when an expression
/// reads a variable that no earlier step has computed.
class WellFormed {
 public:
  explicit WellFormed(const bound::Program& program) : program_(program) {
    query(*program.query, {});
  }

 private:
  using Known = std::set<bound::VariableId>;
  using VariableId = bound::VariableId;

  [[noreturn]] void fail(const std::string& what, VariableId variable) const {
    const auto index = static_cast<std::size_t>(variable);
    const std::string name =
        index < program_.variables.size() ? program_.variables[index].name : "?";
    throw std::logic_error(what + " reads variable " + std::to_string(index) + " (" + name + ")");
  }

  void need(const Known& known, VariableId variable, const char* what) const {
    if (!known.count(variable)) fail(what, variable);
  }

  void read(const bound::ExpressionPtr& expression, Known known, const char* what) const {
    if (expression) read(*expression, std::move(known), what);
  }

  void read(const bound::Expression& expression, Known known, const char* what) const {
    using Kind = bound::ExpressionKind;
    if (expression.kind == Kind::kVariable) need(known, expression.variable, what);
    if (expression.subquery) {
      for (const VariableId import : expression.subquery->imports) need(known, import, what);
      query(*expression.subquery, known);
    }
    const bool binds = expression.kind == Kind::kListComprehension ||
                       expression.kind == Kind::kQuantifier || expression.kind == Kind::kReduce;
    const std::size_t inner = expression.kind == Kind::kReduce ? 2 : 1;
    for (std::size_t i = 0; i < expression.children.size(); ++i) {
      if (binds && i == inner) {
        known.insert(expression.variable);
        if (expression.accumulator != bound::kNoVariable) known.insert(expression.accumulator);
      }
      if (expression.children[i]) read(*expression.children[i], known, what);
    }
  }

  void pattern(const bound::GraphPattern& pattern, Known& known, const char* what) const {
    const Known before = known;
    for (const bound::PatternNode& node : pattern.nodes) {
      if (node.bound_before) need(before, node.variable, what);
      if (!node.bound_before && before.count(node.variable))
        fail("a pattern rebinds and", node.variable);
      known.insert(node.variable);
    }
    for (const bound::PatternEdge& edge : pattern.edges) {
      if (edge.bound_before) need(before, edge.variable, what);
      if (edge.left >= pattern.nodes.size() || edge.right >= pattern.nodes.size()) {
        throw std::logic_error("an edge without its nodes");
      }
      known.insert(edge.variable);
      if (edge.quantified && !edge.segment) {
        Known inner = before;
        inner.insert(edge.element);
        for (const auto& condition : edge.element_conditions) read(condition, inner, "an edge");
      }
      if (edge.segment) segment(*edge.segment, before, known);
    }
    for (const bound::PatternPath& path : pattern.paths) {
      if (path.nodes.size() != path.edges.size() + 1) throw std::logic_error("a broken path");
      if (path.variable != bound::kNoVariable) known.insert(path.variable);
    }
    for (const auto& condition : pattern.conditions) read(condition, known, "a pattern");
  }

  void segment(const bound::PathSegment& segment, const Known& before, Known& known) const {
    if (segment.branches.empty()) throw std::logic_error("a segment without branches");
    std::vector<Known> inside;
    for (const bound::PathBranch& branch : segment.branches) {
      Known& inner = inside.emplace_back(before);
      pattern(branch.pattern, inner, "a segment");
      if (branch.pattern.paths.size() != 1) throw std::logic_error("a branch of several paths");
      for (const auto& [variable, expression] : branch.computed) {
        read(expression, inner, "a segment");
        inner.insert(variable);
      }
    }
    for (const bound::PathExport& name : segment.exports) {
      if (name.sources.size() != inside.size())
        throw std::logic_error("an export without a source");
      for (std::size_t i = 0; i < inside.size(); ++i) {
        if (name.sources[i].variable != bound::kNoVariable) {
          need(inside[i], name.sources[i].variable, "an export");
        }
      }
      known.insert(name.outer);
    }
  }

  void match(const bound::Match& match, Known& known) const {
    Known after = known;
    if (match.block.empty()) pattern(match.pattern, after, "MATCH");
    for (const bound::Match& inner : match.block) this->match(inner, after);
    for (const VariableId variable : match.introduces) {
      if (known.count(variable)) fail("MATCH introduces what is known and", variable);
      need(after, variable, "MATCH introduces");
      known.insert(variable);
    }
  }

  void set_items(const std::vector<bound::SetItem>& items, const Known& known) const {
    for (const bound::SetItem& item : items) {
      read(item.target, known, "SET");
      read(item.value, known, "SET");
    }
  }

  void insert(const bound::Insert& insert, Known& known) const {
    const Known before = known;
    for (const auto& node : insert.nodes) {
      for (const auto& property : node.properties) read(property.value, before, "INSERT");
      read(node.property_map, before, "INSERT");
      if (before.count(node.variable)) fail("INSERT rebinds and", node.variable);
      known.insert(node.variable);
    }
    for (const auto& edge : insert.edges) {
      for (const auto& property : edge.properties) read(property.value, before, "INSERT");
      read(edge.property_map, before, "INSERT");
      need(known, edge.source, "INSERT");
      need(known, edge.target, "INSERT");
      known.insert(edge.variable);
    }
    for (const auto& [variable, path] : insert.paths) {
      read(path, known, "INSERT of a path");
      known.insert(variable);
    }
  }

  void project(const bound::Project& project, const Known& outer, Known& known) const {
    Known input = known;
    if (project.aggregating) {
      input = outer;
      for (const auto& [variable, key] : project.groups) {
        read(key, known, "a grouping key");
        input.insert(variable);
      }
      for (const auto& [variable, aggregate] : project.aggregates) {
        if (aggregate->kind != bound::ExpressionKind::kAggregate) {
          throw std::logic_error("an aggregate that is none");
        }
        read(aggregate, known, "an aggregate");
        input.insert(variable);
      }
      read(project.having, input, "HAVING");
    }
    Known output = outer;
    for (const auto& [variable, item] : project.items) {
      read(item, input, "an item");
      if (bound::contains_aggregate(*item)) throw std::logic_error("an aggregate in an item");
      output.insert(variable);
    }
    Known sort = output;
    if (!project.distinct && !project.aggregating) sort.insert(known.begin(), known.end());
    for (const auto& key : project.sort) read(key.expression, sort, "a sort key");
    read(project.condition, output, "WITH .. WHERE");
    read(project.offset, outer, "OFFSET");
    read(project.limit, outer, "LIMIT");
    known = output;
  }

  void clauses(const std::vector<bound::Clause>& list, const Known& outer, Known& known) const {
    for (const bound::Clause& clause : list) {
      if (const auto* m = std::get_if<bound::Match>(&clause.node)) match(*m, known);
      if (const auto* f = std::get_if<bound::Filter>(&clause.node))
        read(f->condition, known, "FILTER");
      if (const auto* let = std::get_if<bound::Let>(&clause.node)) {
        const Known before = known;
        for (const auto& [variable, value] : let->bindings) {
          read(value, before, "LET");
          known.insert(variable);
        }
      }
      if (const auto* loop = std::get_if<bound::Unwind>(&clause.node)) {
        read(loop->list, known, "FOR");
        known.insert(loop->variable);
        if (loop->counter != bound::kNoVariable) known.insert(loop->counter);
      }
      if (const auto* p = std::get_if<bound::Project>(&clause.node)) project(*p, outer, known);
      if (const auto* page = std::get_if<bound::Page>(&clause.node)) {
        for (const auto& key : page->sort) read(key.expression, known, "ORDER BY");
      }
      if (const auto* call = std::get_if<bound::CallSubquery>(&clause.node)) {
        for (const VariableId import : call->query->imports) need(known, import, "CALL");
        query(*call->query, known);
        for (const VariableId variable : call->introduces) {
          if (known.count(variable)) fail("CALL introduces what is known and", variable);
          known.insert(variable);
        }
      }
      if (const auto* call = std::get_if<bound::CallProcedure>(&clause.node)) {
        for (const auto& argument : call->arguments) read(argument, known, "CALL");
        for (const VariableId column : call->columns) {
          if (column != bound::kNoVariable) known.insert(column);
        }
      }
      if (const auto* i = std::get_if<bound::Insert>(&clause.node)) insert(*i, known);
      if (const auto* set = std::get_if<bound::Set>(&clause.node)) set_items(set->items, known);
      if (const auto* remove = std::get_if<bound::Remove>(&clause.node)) {
        for (const auto& item : remove->items) read(item.target, known, "REMOVE");
      }
      if (const auto* del = std::get_if<bound::Delete>(&clause.node)) {
        for (const auto& target : del->targets) read(target, known, "DELETE");
      }
      if (const auto* merge = std::get_if<bound::Merge>(&clause.node)) {
        Known after = known;
        insert(merge->insert, after);
        Known matched = known;
        pattern(merge->pattern, matched, "MERGE");
        for (const VariableId variable : merge->introduces) known.insert(variable);
        set_items(merge->on_create, known);
        set_items(merge->on_match, known);
      }
      if (const auto* loop = std::get_if<bound::Foreach>(&clause.node)) {
        read(loop->list, known, "FOREACH");
        Known inner = known;
        inner.insert(loop->variable);
        clauses(loop->body, outer, inner);
      }
    }
  }

  void linear(const bound::LinearQuery& linear, const Known& outer, Known known) const {
    clauses(linear.clauses, outer, known);
    for (const auto& [name, variable] : linear.columns) need(known, variable, "a column");
  }

  /// A subquery knows its imports and nothing else from outside.
  void query(const bound::Query& query, const Known& around) const {
    Known outer;
    for (const VariableId import : query.imports) {
      need(around, import, "an import");
      outer.insert(import);
    }
    Known input = outer;
    for (const bound::CompositeQuery& part : query.parts) {
      linear(part.first, outer, input);
      for (const auto& [op, other] : part.rest) {
        linear(other, outer, input);
        if (other.columns.size() != part.columns.size()) throw std::logic_error("columns differ");
      }
      input = outer;
      for (const auto& [name, variable] : part.columns) input.insert(variable);
    }
  }

  const bound::Program& program_;
};

}  // namespace geode::gql
