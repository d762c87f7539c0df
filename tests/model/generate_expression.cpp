#include "generate.hpp"

namespace geode::model {

namespace {

using Kinds = Expression::Kind;

ExpressionPtr literal_of(Value value) {
  auto e = std::make_shared<Expression>();
  e->literal = std::move(value);
  return e;
}

ExpressionPtr variable_named(const std::string& name) {
  auto e = std::make_shared<Expression>();
  e->kind = Kinds::kVariable;
  e->name = name;
  return e;
}

ExpressionPtr make(Kinds kind, std::string name, std::vector<ExpressionPtr> children) {
  auto e = std::make_shared<Expression>();
  e->kind = kind;
  e->name = std::move(name);
  e->children = std::move(children);
  return e;
}

}  // namespace

ExpressionPtr Generator::integer(int depth) {
  const std::string element = element_variable();
  const std::string bound = variable_of(Kind::kInteger);
  switch (pick(0, depth > 0 ? 10 : 4)) {
    case 0:
      return literal_of(Value(pick(-1, 4)));
    case 1:
    case 2:
    case 3:
      if (!element.empty()) return make(Kinds::kProperty, "n", {variable_named(element)});
      [[fallthrough]];
    case 4:
    case 5:
      return bound.empty() ? literal_of(Value(pick(0, 3))) : variable_named(bound);
    case 6:
      return make(Kinds::kOperator, std::string(1, "++--*"[pick(0, 4)]),
                  {integer(depth - 1), integer(depth - 1)});
    case 7: {
      const std::string list = variable_of(chance(50) ? Kind::kEdges : Kind::kBag);
      if (!list.empty()) return make(Kinds::kFunction, "size", {variable_named(list)});
      const std::string path = variable_of(Kind::kPath);
      if (!path.empty()) return make(Kinds::kFunction, "path_length", {variable_named(path)});
      return integer(depth - 1);
    }
    case 8:
      return make(Kinds::kCase, "", {truth(depth - 1), integer(depth - 1), integer(depth - 1)});
    case 9:
      return make(Kinds::kFunction, "coalesce", {integer(depth - 1), integer(depth - 1)});
    default: {
      if (nesting_ > 1) return integer(depth - 1);
      ++nesting_;
      const std::vector<Variable> outer = scope_;
      auto e = std::make_shared<Expression>();
      e->kind = Kinds::kCount;
      e->match = std::make_shared<Match>(match(1));
      scope_ = outer;
      --nesting_;
      return e;
    }
  }
}

ExpressionPtr Generator::text(int depth) {
  const std::string element = element_variable();
  const std::string bound = variable_of(Kind::kText);
  switch (pick(0, depth > 0 ? 5 : 3)) {
    case 0:
      return literal_of(random_property(random_, "s"));
    case 1:
    case 2:
      if (!element.empty()) return make(Kinds::kProperty, "s", {variable_named(element)});
      [[fallthrough]];
    case 3:
      return bound.empty() ? literal_of(random_property(random_, "s")) : variable_named(bound);
    case 4:
      return make(Kinds::kFunction, "coalesce", {text(depth - 1), text(depth - 1)});
    default:
      return make(Kinds::kCase, "", {truth(depth - 1), text(depth - 1), text(depth - 1)});
  }
}

ExpressionPtr Generator::anything(int depth) {
  const std::string element = element_variable();
  const std::string bound = variable_of(Kind::kAny);
  switch (pick(0, 5)) {
    case 0:
      return integer(depth);
    case 1:
      return text(depth);
    case 2:
      if (!bound.empty()) return variable_named(bound);
      [[fallthrough]];
    default:
      if (element.empty()) return integer(depth);
      return make(Kinds::kProperty, std::string(1, "mmmfb"[pick(0, 4)]), {variable_named(element)});
  }
}

ExpressionPtr Generator::comparison(int depth) {
  static const std::vector<std::string> kOperators = {"=", "=", "<>", "<", "<=", ">", ">="};
  static const std::vector<std::string> kTextTests = {"STARTS WITH", "ENDS WITH", "CONTAINS"};
  switch (pick(0, 9)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return make(Kinds::kOperator, pick_from(random_, kOperators),
                  {integer(depth), integer(depth)});
    case 4:
      return make(Kinds::kOperator, pick_from(random_, kOperators), {text(depth), text(depth)});
    case 5:
    case 6: {
      const std::string element = element_variable();
      if (!element.empty()) {
        // A property against any constant: what an index may answer.
        const std::string key(1, "nfsbm"[pick(0, 4)]);
        return make(Kinds::kOperator, pick_from(random_, kOperators),
                    {make(Kinds::kProperty, key, {variable_named(element)}),
                     literal_of(random_property(random_, chance(70) ? key : "m"))});
      }
      [[fallthrough]];
    }
    case 7:
      return make(Kinds::kOperator, pick_from(random_, kOperators),
                  {anything(depth), anything(depth)});
    case 8:
      return make(Kinds::kOperator, chance(50) ? "IS NULL" : "IS NOT NULL", {anything(depth)});
    default:
      return make(Kinds::kOperator, pick_from(random_, kTextTests), {text(depth), text(depth)});
  }
}

ExpressionPtr Generator::truth(int depth) {
  if (depth <= 0) return comparison(0);
  switch (pick(0, 12)) {
    case 0:
    case 1:
      return make(Kinds::kOperator, "AND", {truth(depth - 1), truth(depth - 1)});
    case 2:
      return make(Kinds::kOperator, "OR", {truth(depth - 1), truth(depth - 1)});
    case 3:
      return make(Kinds::kOperator, chance(50) ? "XOR" : "OR",
                  {truth(depth - 1), truth(depth - 1)});
    case 4:
      return make(Kinds::kOperator, "NOT", {truth(depth - 1)});
    case 5: {
      static const std::vector<std::string> kTests = {"IS TRUE", "IS NOT FALSE", "IS UNKNOWN"};
      return make(Kinds::kOperator, pick_from(random_, kTests), {truth(depth - 1)});
    }
    case 6: {
      const std::string node = variable_of(Kind::kNode);
      if (node.empty()) return comparison(depth - 1);
      auto e = std::make_shared<Expression>();
      e->kind = Kinds::kLabels;
      e->children = {variable_named(node)};
      e->labels = node_labels(1);
      return e;
    }
    case 7: {
      auto list = std::make_shared<Expression>();
      list->kind = Kinds::kList;
      for (int i = pick(0, 3); i > 0; --i) {
        list->children.push_back(chance(15) ? literal_of(Value()) : integer(0));
      }
      return make(Kinds::kOperator, "IN", {integer(0), list});
    }
    case 8: {
      const std::string a = variable_of(Kind::kNode), b = variable_of(Kind::kNode);
      if (a.empty()) return comparison(depth - 1);
      return make(Kinds::kOperator, chance(50) ? "=" : "<>",
                  {variable_named(a), variable_named(b)});
    }
    case 9: {
      if (nesting_ > 1) return comparison(depth - 1);
      ++nesting_;
      const std::vector<Variable> outer = scope_;
      auto e = std::make_shared<Expression>();
      e->kind = Kinds::kExists;
      e->match = std::make_shared<Match>(match(1));
      scope_ = outer;
      --nesting_;
      return e;
    }
    case 10: {
      const std::string bound = variable_of(Kind::kTruth);
      if (!bound.empty()) return variable_named(bound);
      [[fallthrough]];
    }
    default:
      return comparison(depth - 1);
  }
}

}  // namespace geode::model
