#include "gql/procedure/routines.hpp"

namespace geode::gql {

const std::shared_ptr<const Routines>& Routines::builtin() {
  static const std::shared_ptr<const Routines> routines = std::make_shared<const Routines>(
      Routines{FunctionRegistry::builtin(), ProcedureRegistry::builtin()});
  return routines;
}

}  // namespace geode::gql
