#include <sys/stat.h>

#include <CLI/CLI.hpp>

#include <geode/database.hpp>
#include <geode/error.hpp>
#include "commands/commands.hpp"

namespace geode::cli {

std::string database_path(std::string_view argument) {
  if (argument.find("://") != std::string_view::npos) {
    throw Error(status::kCannotOpen, "`" + std::string(argument) + "` is the address of a server")
        .hint("this program opens database files: give the path of one, or :memory:");
  }
  if (argument.starts_with("geode:")) argument.remove_prefix(6);
  std::string path(argument);
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    if (path.back() != '/') path += '/';
    path += kDatabaseFileName;
  }
  return path;
}

std::string DatabaseArgument::path() const {
  if (database.empty() && directory.empty()) {
    throw Error(status::kInvalidArgument, "no database is given")
        .hint("give DATABASE, or --data-dir DIR for the database of a data directory");
  }
  if (!database.empty()) return database_path(database);
  return directory + (directory.back() == '/' ? "" : "/") + std::string(kDatabaseFileName);
}

void DatabaseArgument::add_to(CLI::App& app) {
  CLI::Option* const file =
      app.add_option("database", database, "File of the database, or its data directory")
          ->type_name("DATABASE");
  app.add_option("--data-dir", directory, "The data directory: its file database.geode is meant")
      ->type_name("DIR")
      ->excludes(file);
}

}  // namespace geode::cli
