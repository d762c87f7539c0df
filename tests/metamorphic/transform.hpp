#pragma once

#include "query.hpp"

namespace geode::metamorphic {

/// Copies a query; what a derived class overrides comes out changed.
class Transform {
 public:
  virtual ~Transform() = default;

  virtual model::Query query(const model::Query& query);
  virtual model::Clause clause(const model::Clause& clause);
  virtual model::Projection projection(const model::Projection& projection);
  virtual model::Match match(const model::Match& match);
  virtual model::PathPattern path(const model::PathPattern& path);
  virtual model::PathTermPtr term(const model::PathTermPtr& term);
  virtual model::ExpressionPtr expression(const model::ExpressionPtr& expression);
  virtual model::LabelTestPtr labels(const model::LabelTestPtr& labels) { return labels; }
  virtual model::Properties properties(const model::Properties& properties) { return properties; }
};

/// Each path pattern from its other end: the same matches, with lists of edges the other way round.
model::Query reversed(const model::Query& query);
/// The path patterns of each MATCH in the opposite order.
model::Query reordered(const model::Query& query);

}  // namespace geode::metamorphic
