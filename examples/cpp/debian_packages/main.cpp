// Turns the package database of a Debian system into CSV files for `geode import`: packages with
// their properties as nodes, their relationships as edges.

#include <algorithm>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "control_file.hpp"

namespace {

constexpr std::string_view kUsage =
    "usage: debian_packages FOLDER [--status FILE] [--lists FOLDER]\n"
    "Writes packages.csv, depends.csv, recommends.csv, suggests.csv, conflicts.csv and "
    "provides.csv\n"
    "into FOLDER, from dpkg's status (/var/lib/dpkg/status) and apt's lists "
    "(/var/lib/apt/lists).\n";

struct Package {
  std::string version, section, maintainer, architecture, summary;
  std::uint64_t size = 0;  ///< bytes when installed
  bool installed = false;
  bool described = false;  ///< false: other packages name it, but there is no such package itself
  std::vector<debian::Relation> depends, recommends, suggests, conflicts, provides;
};

using Packages = std::map<std::string, Package, std::less<>>;

void append(std::vector<debian::Relation>& to, std::string_view field) {
  for (debian::Relation& relation : debian::parse_relations(field)) to.push_back(relation);
}

Package describe(const debian::Paragraph& paragraph) {
  using debian::field;
  Package package;
  package.described = true;
  package.version = field(paragraph, "Version");
  package.section = field(paragraph, "Section");
  package.maintainer = field(paragraph, "Maintainer");
  package.architecture = field(paragraph, "Architecture");
  const std::string_view description = field(paragraph, "Description");
  package.summary = description.substr(0, description.find('\n'));
  const std::string size(field(paragraph, "Installed-Size"));
  if (!size.empty()) package.size = std::stoull(size) * 1024;
  append(package.depends, field(paragraph, "Pre-Depends"));
  append(package.depends, field(paragraph, "Depends"));
  append(package.recommends, field(paragraph, "Recommends"));
  append(package.suggests, field(paragraph, "Suggests"));
  append(package.conflicts, field(paragraph, "Conflicts"));
  append(package.conflicts, field(paragraph, "Breaks"));
  append(package.provides, field(paragraph, "Provides"));
  return package;
}

/// What is installed goes before what could be; of two that could be, the newer version.
void add(Packages& packages, const debian::Paragraph& paragraph, bool from_status) {
  const std::string_view name = debian::field(paragraph, "Package");
  if (name.empty()) return;
  const bool installed = from_status && debian::field(paragraph, "Status").ends_with(" installed");
  if (from_status && !installed) return;  // removed; only its configuration is left
  Package package = describe(paragraph);
  package.installed = installed;
  const auto [place, fresh] = packages.try_emplace(std::string(name));
  if (fresh || (!place->second.installed &&
                debian::compare_versions(place->second.version, package.version) < 0)) {
    place->second = std::move(package);
  }
}

/// Packages that are only named, such as `awk` or one from a source that apt does not know.
void add_named(Packages& packages) {
  std::vector<std::string> names;
  for (const auto& [name, package] : packages) {
    for (const auto* relations : {&package.depends, &package.recommends, &package.suggests,
                                  &package.conflicts, &package.provides}) {
      for (const debian::Relation& relation : *relations) names.push_back(relation.name);
    }
  }
  for (const std::string& name : names) packages.try_emplace(name);
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::ofstream create(const std::filesystem::path& path) {
  std::ofstream out(path);
  if (!out) throw std::runtime_error(path.string() + ": cannot be written");
  return out;
}

void finish(std::ofstream& out, const std::filesystem::path& path) {
  out.flush();
  if (!out) throw std::runtime_error(path.string() + ": cannot be written");
}

void write_packages(const std::filesystem::path& path, const Packages& packages) {
  std::ofstream out = create(path);
  out << "name,version,section,size,maintainer,architecture,summary,installed,virtual\n";
  for (const auto& [name, package] : packages) {
    out << csv_field(name) << ',' << csv_field(package.version) << ',' << csv_field(package.section)
        << ',';
    if (package.described) out << package.size;
    out << ',' << csv_field(package.maintainer) << ',' << csv_field(package.architecture) << ','
        << csv_field(package.summary) << ',' << (package.installed ? "true" : "false") << ','
        << (package.described ? "false" : "true") << '\n';
  }
  finish(out, path);
}

/// One edge for each pair of packages, whatever the number of clauses; `alternatives` is 1 when one
/// of them leaves no choice. Gives how many.
std::size_t write_relations(const std::filesystem::path& path, const Packages& packages,
                            std::vector<debian::Relation> Package::*field) {
  std::ofstream out = create(path);
  out << "from,to,version,alternatives\n";
  std::size_t count = 0;
  for (const auto& [name, package] : packages) {
    std::map<std::string, debian::Relation> by_target;
    for (const debian::Relation& relation : package.*field) {
      const auto [place, fresh] = by_target.try_emplace(relation.name, relation);
      if (fresh) continue;
      debian::Relation& known = place->second;
      if (!relation.version.empty()) {
        known.version += (known.version.empty() ? "" : ", ") + relation.version;
      }
      known.alternatives = std::min(known.alternatives, relation.alternatives);
    }
    for (const auto& [target, relation] : by_target) {
      out << csv_field(name) << ',' << csv_field(target) << ',' << csv_field(relation.version)
          << ',' << relation.alternatives << '\n';
      ++count;
    }
  }
  finish(out, path);
  return count;
}

Packages read_packages(const std::string& status, const std::string& lists) {
  Packages packages;
  debian::for_each_paragraph(status,
                             [&](const auto& paragraph) { add(packages, paragraph, true); });
  if (std::filesystem::is_directory(lists)) {
    for (const auto& entry : std::filesystem::directory_iterator(lists)) {
      if (!entry.path().filename().string().ends_with("_Packages")) continue;
      debian::for_each_paragraph(entry.path().string(),
                                 [&](const auto& paragraph) { add(packages, paragraph, false); });
    }
  }
  add_named(packages);
  return packages;
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  std::string status = "/var/lib/dpkg/status";
  std::string lists = "/var/lib/apt/lists";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if ((argument == "--status" || argument == "--lists") && i + 1 < argc) {
      (argument == "--status" ? status : lists) = argv[++i];
    } else if (folder.empty() && !argument.starts_with("-")) {
      folder = argument;
    } else {
      std::cerr << kUsage;
      return 2;
    }
  }
  if (folder.empty()) {
    std::cerr << kUsage;
    return 2;
  }

  try {
    const Packages packages = read_packages(status, lists);
    const std::filesystem::path to = folder;
    std::filesystem::create_directories(to);
    write_packages(to / "packages.csv", packages);
    std::cout << packages.size() << " packages\n"
              << write_relations(to / "depends.csv", packages, &Package::depends) << " depends\n"
              << write_relations(to / "recommends.csv", packages, &Package::recommends)
              << " recommends\n"
              << write_relations(to / "suggests.csv", packages, &Package::suggests) << " suggests\n"
              << write_relations(to / "conflicts.csv", packages, &Package::conflicts)
              << " conflicts\n"
              << write_relations(to / "provides.csv", packages, &Package::provides)
              << " provides\n";
  } catch (const std::exception& error) {
    std::cerr << "debian_packages: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
