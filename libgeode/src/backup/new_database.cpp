#include "backup/new_database.hpp"

#include "session/database_impl.hpp"
#include "storage/environment.hpp"

namespace geode::backup {

Database& NewDatabase::open() {
  if (!database_) {
    // The file is opened once in a process: the database takes the environment that is there.
    storage::EnvironmentOptions unsynced;
    unsynced.create_if_missing = false;
    unsynced.sync = storage::SyncMode::kOff;
    const auto environment = storage::Environment::open(file(), unsynced);
    Options options;
    options.create_if_missing = false;
    // The archive's checksums have been compared.
    options.verify_copies = false;
    database_.emplace(file(), options);
  }
  return *database_;
}

void NewDatabase::put_in_place() {
  // From here on it is an original.
  const auto& environment = open().impl()->environment;
  if (environment->copied()) storage::Environment::accept_copy(environment);
  database_.reset();
  place_.put(file());
}

}  // namespace geode::backup
