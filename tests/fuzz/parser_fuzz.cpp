// Any text is parsed or refused with a place inside of it; nothing else happens.

#include <string_view>

#include <geode/error.hpp>
#include "fuzz_input.hpp"
#include "gql/syntax/parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using geode::test::require;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    geode::gql::parse(text);
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
