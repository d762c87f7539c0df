#include "transform.hpp"

#include <algorithm>

namespace geode::metamorphic {

using namespace model;  // NOLINT(google-build-using-namespace): this is about its tree alone

Query Transform::query(const Query& query) {
  Query out = query;
  for (auto& part : out.parts) {
    for (Clause& each : part) each = clause(each);
  }
  return out;
}

Clause Transform::clause(const Clause& clause) {
  if (const auto* pattern = std::get_if<Match>(&clause)) return match(*pattern);
  if (const auto* items = std::get_if<Projection>(&clause)) return projection(*items);
  if (const auto* unwind = std::get_if<Unwind>(&clause)) {
    Unwind out = *unwind;
    out.list = expression(out.list);
    return out;
  }
  if (const auto* let = std::get_if<Let>(&clause)) {
    return Let{expression(let->expression), let->alias};
  }
  if (const auto* filter = std::get_if<Filter>(&clause)) {
    return Filter{expression(filter->condition)};
  }
  Call call = std::get<Call>(clause);
  call.query = std::make_shared<Query>(query(*call.query));
  return call;
}

Projection Transform::projection(const Projection& projection) {
  Projection out = projection;
  for (Item& item : out.items) item.expression = expression(item.expression);
  out.where = expression(out.where);
  return out;
}

Match Transform::match(const Match& match) {
  Match out = match;
  for (PathPattern& each : out.paths) each = path(each);
  out.where = expression(out.where);
  return out;
}

PathPattern Transform::path(const PathPattern& path) {
  PathPattern out = path;
  out.root = term(path.root);
  return out;
}

PathTermPtr Transform::term(const PathTermPtr& term) {
  auto out = std::make_shared<PathTerm>(*term);
  for (PathTermPtr& part : out->parts) part = this->term(part);
  const auto change = [this](auto& element) {
    element.labels = element.labels ? labels(element.labels) : nullptr;
    element.properties = properties(element.properties);
    element.condition = expression(element.condition);
  };
  if (out->kind == PathTerm::Kind::kNode) change(out->node);
  if (out->kind == PathTerm::Kind::kEdge) change(out->edge);
  out->condition = expression(out->condition);
  return out;
}

ExpressionPtr Transform::expression(const ExpressionPtr& expression) {
  if (!expression) return nullptr;
  auto out = std::make_shared<Expression>(*expression);
  for (ExpressionPtr& child : out->children) child = this->expression(child);
  if (out->labels) out->labels = labels(out->labels);
  if (out->match) out->match = std::make_shared<Match>(match(*out->match));
  return out;
}

namespace {

class Reverse : public Transform {
 public:
  PathTermPtr term(const PathTermPtr& term) override {
    auto out = std::make_shared<PathTerm>(*Transform::term(term));
    if (out->kind == PathTerm::Kind::kSequence) std::reverse(out->parts.begin(), out->parts.end());
    if (out->kind == PathTerm::Kind::kEdge && out->edge.direction != '-') {
      out->edge.direction = out->edge.direction == '>' ? '<' : '>';
    }
    return out;
  }
};

class Reorder : public Transform {
 public:
  Match match(const Match& match) override {
    Match out = Transform::match(match);
    std::reverse(out.paths.begin(), out.paths.end());
    return out;
  }
};

}  // namespace

Query reversed(const Query& query) { return Reverse().query(query); }

Query reordered(const Query& query) { return Reorder().query(query); }

}  // namespace geode::metamorphic
