// A configuration of a file, variables and flags: whatever they say, there is a value for each
// setting or a problem with a place, and values are read back as they are written.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include "config/config.hpp"
#include "fuzz_input.hpp"

namespace {

using geode::test::FuzzInput;
using geode::test::require;
using namespace geode::server;

/// A file in memory, with a name that others can open.
class MemoryFile {
 public:
  MemoryFile() : file_(::memfd_create("config", 0)) {}
  void write(std::string_view text) const {
    require(::ftruncate(file_, 0) == 0);
    require(::pwrite(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What is given as the values that were read gives these values.
void check_round_trip(const Config& config) {
  ConfigSources sources;
  std::map<std::string, std::string> variables;
  for (const ConfigEntry& entry : config.entries())
    variables[variable_name(*entry.setting)] = value_text(*entry.setting, entry.value);
  sources.root = "/nowhere";
  sources.environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  std::vector<geode::Error> problems;
  const Config again(sources, problems);
  require(problems.empty());
  for (const ConfigEntry& entry : config.entries())
    require(again.entry(entry.setting->name).value == entry.value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFile file;
  FuzzInput input(data, size);
  ConfigSources sources;
  std::map<std::string, std::string> variables;
  const std::uint8_t kinds = input.byte();
  const auto any_setting = [&]() -> const Setting& {
    return settings()[input.byte() % settings().size()];
  };
  for (int i = 0; i < (kinds & 3); ++i) {
    const Setting& setting = any_setting();
    variables[variable_name(setting)] = text_of(input.bytes(input.byte() % 32));
  }
  for (int i = 0; i < (kinds >> 2 & 3); ++i) {
    const Setting& setting = any_setting();
    sources.flags.emplace_back(setting.name, text_of(input.bytes(input.byte() % 32)));
  }
  const std::string text = text_of(input.rest());
  file.write(text);
  sources.file = file.path();
  sources.root = "/nowhere";
  sources.environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  std::vector<geode::Error> problems;
  const Config config(sources, problems);
  require(config.entries().size() == settings().size());
  for (const geode::Error& problem : problems)
    require(!problem.message().empty() && problem.gqlstatus() != geode::status::kInternal);
  if (problems.empty()) check_round_trip(config);
  return 0;
}
