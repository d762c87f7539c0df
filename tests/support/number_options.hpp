#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace geode::test {

/// Reads `--name=NUMBER`, where `name` is `--name=`; false when the argument is another one.
bool read_number(std::string_view argument, std::string_view name, std::uint64_t& number);

struct NumberOption {
  std::string_view name;
  std::uint64_t& number;
};

/// Reads all arguments of a program. Prints `usage` and gives false when one is none of `options`.
bool read_numbers(int argc, char** argv, std::initializer_list<NumberOption> options,
                  std::string_view usage);

}  // namespace geode::test
