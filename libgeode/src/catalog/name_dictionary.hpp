#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace geode::catalog {

/// Names of one kind and their dense numbers, which are given in order of first use and never
/// change.
class NameDictionary {
 public:
  std::uint32_t size() const { return static_cast<std::uint32_t>(names_.size()); }
  std::optional<std::uint32_t> find(std::string_view name) const;
  const std::string& name(std::uint32_t number) const;
  /// Gives the new number.
  std::uint32_t add(std::string_view name);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
};

}  // namespace geode::catalog
