// Any text is parsed or refused with a place inside of it; what was parsed is printed and parsed to
// the same tree again. Nothing else happens.

#include <string>
#include <string_view>

#include <geode/error.hpp>
#include "fuzz_input.hpp"
#include "gql/syntax/parser.hpp"
#include "gql/syntax/print.hpp"
#include "same_tree.hpp"

namespace {

void check_print(const geode::gql::ast::Statement& statement) {
  const std::string once = geode::gql::print(statement);
  try {
    geode::test::require(geode::test::difference(statement, geode::gql::parse(once)).empty());
  } catch (const geode::Error& error) {
    // Written out in full, it may be nested more deeply than it was.
    geode::test::require(error.gqlstatus() == geode::status::kLimitExceeded);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using geode::test::require;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    check_print(geode::gql::parse(text));
  } catch (const geode::Error& error) {
    require(error.position().offset <= size);
  }

  std::size_t end = 0;
  for (const auto& part : geode::gql::split_script(text)) {
    require(part.offset >= end && part.offset + part.length <= size);
    end = part.offset + part.length;
  }
  return 0;
}
