#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <geode/error.hpp>
#include <geode/value.hpp>
#include "catalog/catalog.hpp"
#include "value/value_type.hpp"

namespace geode::graph {
class GraphTransaction;
}

namespace geode::security {
class Access;
}

namespace geode::gql {

class ProcedureHost;
struct Routines;

/// What a procedure may look at while it runs.
struct ProcedureContext {
  graph::GraphTransaction* graph = nullptr;
  ProcedureHost* host = nullptr;
  const Routines* routines = nullptr;
  /// The graph that the call is about.
  catalog::GraphId working_graph = catalog::kHomeGraph;
  /// The rights of who calls; null: all.
  const security::Access* access = nullptr;
};

using ProcedureRows = std::vector<std::vector<Value>>;

/// One call: as many values as there are parameters, of their types or null; appends rows of as
/// many values as there are columns.
using ProcedureImplementation = std::function<void(
    std::span<const Value> arguments, const ProcedureContext& context, ProcedureRows& rows)>;

/// A parameter or a result column. `type_name` is the type as signatures show it.
struct ProcedureField {
  std::string name;
  value::Type type;
  std::string type_name;
};

struct Procedure {
  std::string name;  ///< "db.labels"; look-up ignores case
  std::vector<ProcedureField> parameters;
  std::vector<ProcedureField> columns;  ///< none: it is called for its effect, rows pass unchanged
  std::string description;
  ProcedureImplementation implementation;

  /// "db.labels() :: (label STRING, nodes INT64)"
  std::string signature() const;
};

/// Procedures by name.
class ProcedureRegistry {
 public:
  /// The procedures every database has. Built once, immutable.
  static const ProcedureRegistry& builtin();

  const Procedure* find(std::string_view name) const;
  std::vector<const Procedure*> all() const;
  void add(Procedure procedure);

 private:
  std::map<std::string, Procedure, std::less<>> by_name_;  // by folded name
};

/// Who may call a procedure.
enum class ProcedureRight : std::uint8_t {
  kAdministrator,
  kEverybody,
  kRead,            ///< who may read something of the graph
  kReadAll,         ///< who may read everything in the graph
  kReadEveryGraph,  ///< the same of all graphs
};
/// Administrators, for a procedure that is not known.
ProcedureRight right_of(std::string_view procedure);
/// Throws Error 42X04 when the user may not call it.
void require_right(const Procedure& procedure, const security::Access& access,
                   catalog::GraphId graph, const catalog::Catalog& catalog, Position position);

/// A field whose type is one of the language's, shown by its name.
ProcedureField field(std::string name, ValueType type);

// One function a family; each lives in <family>_procedures.cpp.
void register_catalog_procedures(ProcedureRegistry& registry);
void register_feature_procedures(ProcedureRegistry& registry);
void register_security_procedures(ProcedureRegistry& registry);
void register_system_procedures(ProcedureRegistry& registry);

}  // namespace geode::gql
