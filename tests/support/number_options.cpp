#include "number_options.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>

namespace geode::test {

bool read_number(std::string_view argument, std::string_view name, std::uint64_t& number) {
  if (!argument.starts_with(name)) return false;
  argument.remove_prefix(name.size());
  const auto [end, error] =
      std::from_chars(argument.data(), argument.data() + argument.size(), number);
  return error == std::errc() && end == argument.data() + argument.size();
}

bool read_numbers(int argc, char** argv, std::initializer_list<NumberOption> options,
                  std::string_view usage) {
  for (int i = 1; i < argc; ++i) {
    const bool known = std::any_of(options.begin(), options.end(), [&](const NumberOption& option) {
      return read_number(argv[i], option.name, option.number);
    });
    if (known) continue;
    std::cerr << usage;
    return false;
  }
  return true;
}

}  // namespace geode::test
