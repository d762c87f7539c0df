#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace debian {

/// One paragraph of a control file: field name -> value, continuation lines joined by newlines.
using Paragraph = std::map<std::string, std::string, std::less<>>;

/// Calls `visit` for each paragraph of `path` (deb-control(5)). Throws std::runtime_error when the
/// file cannot be read.
void for_each_paragraph(const std::string& path,
                        const std::function<void(const Paragraph&)>& visit);

/// A field, or "".
std::string_view field(const Paragraph& paragraph, std::string_view name);

/// One package named in a relationship field such as Depends.
struct Relation {
  std::string name;
  std::string version;   ///< ">= 2.36", or ""
  int alternatives = 1;  ///< how many packages would satisfy the same clause: `a | b` has two
};

/// The packages named in a relationship field, architectures and build profiles left out.
std::vector<Relation> parse_relations(std::string_view text);

/// Which of two versions is the newer one: < 0, 0 or > 0, as dpkg orders them (deb-version(7)).
int compare_versions(std::string_view a, std::string_view b);

}  // namespace debian
