#include "gql/procedure/registry.hpp"

#include <utility>

namespace geode::gql {

namespace {

std::string fold(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

std::string list(const std::vector<ProcedureField>& fields) {
  std::string out = "(";
  for (const ProcedureField& field : fields) {
    if (out.size() > 1) out += ", ";
    out += field.name + " " + field.type_name;
  }
  return out + ")";
}

}  // namespace

std::string Procedure::signature() const {
  return name + list(parameters) + " :: " + list(columns);
}

ProcedureField field(std::string name, ValueType type) {
  value::Type of = value::Type::nullable(type);
  return {std::move(name), of, of.without_null().name()};
}

const ProcedureRegistry& ProcedureRegistry::builtin() {
  static const ProcedureRegistry registry = [] {
    ProcedureRegistry made;
    register_catalog_procedures(made);
    register_feature_procedures(made);
    register_security_procedures(made);
    register_system_procedures(made);
    return made;
  }();
  return registry;
}

const Procedure* ProcedureRegistry::find(std::string_view name) const {
  const auto found = by_name_.find(fold(name));
  return found == by_name_.end() ? nullptr : &found->second;
}

std::vector<const Procedure*> ProcedureRegistry::all() const {
  std::vector<const Procedure*> procedures;
  for (const auto& [key, procedure] : by_name_) procedures.push_back(&procedure);
  return procedures;
}

void ProcedureRegistry::add(Procedure procedure) {
  std::string key = fold(procedure.name);
  by_name_.insert_or_assign(std::move(key), std::move(procedure));
}

}  // namespace geode::gql
