#pragma once

#include <string>
#include <string_view>

namespace geode::server {

/// A name as GQL takes any: `a``b` for a`b.
inline std::string quoted_name(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) quoted.append(c == '`' ? 2 : 1, c);
  return quoted += '`';
}

/// `name` or `/schema/name` with each name quoted.
inline std::string quoted_path(std::string_view path) {
  std::string quoted;
  while (!path.empty()) {
    if (path.front() == '/') {
      quoted += '/';
      path.remove_prefix(1);
    }
    const std::string_view name = path.substr(0, path.find('/'));
    if (!name.empty()) quoted += quoted_name(name);
    path.remove_prefix(name.size());
  }
  return quoted;
}

}  // namespace geode::server
