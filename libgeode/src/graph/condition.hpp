#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "storage/environment.hpp"

namespace geode::graph {

/// What a check constraint asks of one element; made of its text by the query engine, which lies
/// above this layer. For one thread at a time.
class Condition {
 public:
  virtual ~Condition() = default;
  /// Names of the properties it reads.
  virtual const std::vector<std::string>& properties() const = 0;
  /// `values` are those of properties(), null where there is none. False only when the condition is
  /// false: unknown is accepted, as in SQL.
  virtual bool accepts(std::span<const Value> values, const std::vector<std::string>& labels) = 0;
};

using ConditionCompiler = std::function<std::shared_ptr<Condition>(
    const catalog::ConstraintDefinition& constraint, const catalog::Catalog& catalog)>;

/// Said once to each environment, before its first write.
void set_condition_compiler(storage::Environment& environment, ConditionCompiler compiler);

}  // namespace geode::graph
