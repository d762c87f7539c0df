#include <sys/stat.h>
#include <vector>

#include <CLI/CLI.hpp>

#include <geode/database.hpp>
#include <geode/error.hpp>
#include "commands/commands.hpp"
#include "config/config.hpp"

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

namespace {

/// What a server of this machine would have. Throws the first mistake of its configuration: another
/// folder than the one that was meant is not to be read or written.
std::string configured(std::string_view key) {
  server::ConfigSources sources;
  sources.environment = server::process_environment;
  std::vector<Error> mistakes;
  const server::Config config(sources, mistakes);
  if (!mistakes.empty()) throw mistakes.front();
  return config.text(key);
}

}  // namespace

std::string DatabaseArgument::path() const {
  if (!database.empty()) return database_path(database);
  const std::string folder = directory.empty() ? configured("storage.data_dir") : directory;
  return folder + (folder.back() == '/' ? "" : "/") + std::string(kDatabaseFileName);
}

std::string DatabaseArgument::wal_directory() const {
  return database.empty() && directory.empty() ? configured("storage.wal_dir") : "";
}

void DatabaseArgument::add_to(CLI::App& app) {
  CLI::Option* const file =
      app.add_option("database", database,
                     "File of the database, or its data directory. Without it that of the "
                     "configuration, storage.data_dir")
          ->type_name("DATABASE");
  app.add_option("--data-dir", directory, "The data directory: its file database.geode is meant")
      ->type_name("DIR")
      ->excludes(file);
}

}  // namespace geode::cli
