#pragma once

#include <memory>

#include "gql/function/registry.hpp"
#include "gql/procedure/registry.hpp"

namespace geode::gql {

/// What statements of one database can call: what every database has, and what the program gave to
/// this one. Immutable once statements use it, so that a plan may point into it as long as it holds
/// it; another registration makes another object.
struct Routines {
  FunctionRegistry functions;
  ProcedureRegistry procedures;

  /// What every database has.
  static const std::shared_ptr<const Routines>& builtin();
};

}  // namespace geode::gql
