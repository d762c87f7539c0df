#include <geode/error.hpp>
#include "commands/commands.hpp"

namespace geode::cli {

std::string database_path(std::string_view argument) {
  if (argument.find("://") != std::string_view::npos) {
    throw Error(status::kCannotOpen, "`" + std::string(argument) + "` is the address of a server")
        .hint("this program opens database files: give the path of one, or :memory:");
  }
  if (argument.starts_with("geode:")) argument.remove_prefix(6);
  return std::string(argument);
}

}  // namespace geode::cli
