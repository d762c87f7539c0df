#include "gql/bind/scope.hpp"

namespace geode::gql {

const Binding* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope; scope = scope->outer_) {
    if (const Binding* binding = scope->find_here(name)) return binding;
  }
  return nullptr;
}

const Binding* Scope::find_here(std::string_view name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

void Scope::declare(std::string name, Binding binding) {
  names_.insert_or_assign(std::move(name), std::move(binding));
}

void Scope::remove(std::string_view name) {
  const auto found = names_.find(name);
  if (found != names_.end()) names_.erase(found);
}

std::vector<std::string_view> Scope::visible_names() const {
  std::vector<std::string_view> names;
  for (const Scope* scope = this; scope; scope = scope->outer_) {
    for (const auto& [name, binding] : scope->names_) names.push_back(name);
  }
  return names;
}

}  // namespace geode::gql
