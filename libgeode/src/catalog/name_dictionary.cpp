#include "catalog/name_dictionary.hpp"

#include <geode/error.hpp>

namespace geode::catalog {

std::optional<std::uint32_t> NameDictionary::find(std::string_view name) const {
  const auto found = numbers_.find(name);
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

const std::string& NameDictionary::name(std::uint32_t number) const {
  if (number >= names_.size()) {
    throw Error(status::kInternal, "no name has the number " + std::to_string(number));
  }
  return names_[number];
}

std::uint32_t NameDictionary::add(std::string_view name) {
  const std::uint32_t number = size();
  names_.emplace_back(name);
  numbers_.emplace(name, number);
  return number;
}

}  // namespace geode::catalog
