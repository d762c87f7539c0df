#include "gql/bind/binder.hpp"

#include <algorithm>

#include "base/nearest_name.hpp"
#include "gql/bind/errors.hpp"
#include "gql/bind/intern_names.hpp"
#include "gql/bind/statement_binder.hpp"

namespace geode::gql {

bound::Program bind(const ast::Query& query, std::string_view, const catalog::Catalog& catalog,
                    NameInterner* interner, const base::Interrupt* interrupt,
                    const Routines& routines, const CatalogContext& context) {
  if (interner) intern_written_names(query, *interner, context);
  StatementBinder binder(interner ? interner->catalog() : catalog, interrupt, routines, context);
  return binder.bind_program(query);
}

StatementBinder::StatementBinder(const catalog::Catalog& catalog, const base::Interrupt* interrupt,
                                 const Routines& routines, const CatalogContext& context)
    : catalog_(catalog), interrupt_(interrupt), routines_(routines), context_(context) {}

bound::Program StatementBinder::bind_program(const ast::Query& query) {
  only_linear_ =
      query.definitions.empty() && query.parts.size() == 1 && query.parts[0].rest.empty();
  program_.query = bind_query(query, nullptr, QueryUse::kStatement);
  program_.modifies = program_.query->modifies;
  return std::move(program_);
}

bound::VariableId StatementBinder::new_variable(std::string_view name, value::Type type) {
  const auto id = static_cast<VariableId>(program_.variables.size());
  program_.variables.push_back({std::string(name), std::move(type)});
  return id;
}

const value::Type& StatementBinder::type_of(VariableId variable) const {
  return program_.variables[static_cast<std::uint32_t>(variable)].type;
}

void StatementBinder::set_type(VariableId variable, value::Type type) {
  program_.variables[static_cast<std::uint32_t>(variable)].type = std::move(type);
}

value::Type StatementBinder::binding_type(const Binding& binding) const {
  return binding.substitute ? binding.substitute->type : type_of(binding.variable);
}

const Binding& StatementBinder::resolve(const Scope& scope, const ast::Name& name) const {
  if (const Binding* binding = scope.find(name.text)) return *binding;
  throw undefined_variable(name.text, name.position, scope.visible_names(),
                           "a text is written in quotes: '" + name.text + "'");
}

bound::ExpressionPtr StatementBinder::use_variable(VariableId variable, Position position) {
  note_use(variable);
  return bound::make_variable(variable, type_of(variable), position);
}

bound::ExpressionPtr StatementBinder::use_binding(const Binding& binding, Position position) {
  if (!binding.substitute) return use_variable(binding.variable, position);
  note_uses(*binding.substitute);
  ExpressionPtr copy = bound::clone(*binding.substitute);
  copy->position = position;
  return copy;
}

void StatementBinder::note_use(VariableId variable) {
  for (Frame& frame : frames_) {
    if (static_cast<std::uint32_t>(variable) >= frame.first_variable) continue;
    if (std::find(frame.imports.begin(), frame.imports.end(), variable) == frame.imports.end()) {
      frame.imports.push_back(variable);
    }
  }
}

void StatementBinder::note_uses(const bound::Expression& expression) {
  bound::for_each_free_variable(expression, [this](VariableId variable) { note_use(variable); });
}

bool StatementBinder::is_outer(VariableId variable) const {
  return static_cast<std::uint32_t>(variable) < frames_.back().first_variable;
}

std::uint32_t StatementBinder::property_key(std::string_view name, const value::Type& base,
                                            Position position) {
  if (const auto key = catalog_.find_property_key(name)) return static_cast<std::uint32_t>(*key);
  // A record may have any field; only elements take their keys from the catalog.
  const bool element = base.may_be(ValueType::kNode) || base.may_be(ValueType::kEdge);
  if (!element) return bound::kUnknownName;
  program_.has_unknown_names = true;
  if (!base.may_be(ValueType::kRecord)) {
    std::vector<std::string_view> known;
    for (std::uint32_t i = 0; i < catalog_.property_key_count(); ++i) {
      known.push_back(catalog_.property_key_name(static_cast<catalog::PropertyKeyId>(i)));
    }
    const std::string_view nearest = base::nearest_name(name, known);
    warn(status::kUnknownName,
         "property " + quoted(name) + " does not exist" +
             (nearest.empty() ? std::string() : " (did you mean " + quoted(nearest) + "?)"),
         position);
  }
  return bound::kUnknownName;
}

void StatementBinder::begin_query() {
  frames_.push_back({static_cast<std::uint32_t>(program_.variables.size()), {}, false});
}

void StatementBinder::end_query(bound::Query& query) {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  query.imports = std::move(frame.imports);
  query.modifies = frame.modifies;
  if (frame.modifies && !frames_.empty()) frames_.back().modifies = true;
}

void StatementBinder::note_modification() { frames_.back().modifies = true; }

void StatementBinder::warn(std::string_view gqlstatus, std::string message, Position position) {
  // Which names there are may tell of what is hidden.
  if (gqlstatus == status::kUnknownName &&
      (policy_element_ != nullptr ||
       (context_.access && !context_.access->sees_everything(context_.graph))))
    return;
  auto& warnings = program_.warnings;
  const bool known =
      std::any_of(warnings.begin(), warnings.end(),
                  [&](const bound::Warning& warning) { return warning.message == message; });
  if (!known) warnings.push_back({std::string(gqlstatus), std::move(message), position});
}

}  // namespace geode::gql
