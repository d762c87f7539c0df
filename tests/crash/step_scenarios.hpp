#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <geode/database.hpp>

namespace geode::test {

/// The folder in which a scenario runs, and what is made for all of them in a folder beside it,
/// which nobody changes.
struct Place {
  std::string folder;    ///< ends in '/'; what happens below it is counted
  std::string prepared;  ///< ends in '/'

  std::string file(const std::string& name) const { return folder + name; }
  std::string database() const { return file("step.db"); }
  /// Archives and segments of the change log.
  std::string log() const { return file("step.db-wal"); }

  /// The database with which scenarios begin.
  std::string base() const { return prepared + "base.db"; }
  /// The same with the change log on, a backup of that, and an archive of changes behind it.
  std::string log_base() const { return prepared + "log_base.db"; }
  std::string backup() const { return prepared + "full.tar.gz"; }
  std::string changes() const { return prepared + "changes"; }
  /// That database with these changes, and they as a backup that goes on from the other.
  std::string changed() const { return prepared + "changed.db"; }
  std::string incremental() const { return prepared + "incremental.tar.gz"; }
  /// A file of an older format, and the same in the present one.
  std::string old_file() const { return prepared + "old.db"; }
  std::string upgraded() const { return prepared + "upgraded.db"; }
  /// A damaged file, and what can be saved of it.
  std::string damaged() const { return prepared + "damaged.db"; }
  std::string salvaged() const { return prepared + "salvaged.db"; }
};

using Acknowledge = std::function<void()>;

/// Work at every step of which the process is ended, or a call fails.
struct Scenario {
  const char* name;
  /// Makes commits, and other things that must last, and calls its argument after each. Must leave
  /// the database open or opened again.
  void (*run)(const Place&, Database&, const Acknowledge&);
  /// Whether the database is made by the commits themselves.
  bool creates = false;
  /// Has very many steps.
  bool long_one = false;
  /// It begins with the change log on.
  bool logs = false;
  /// Throws Broken when files beside the database are not what so many acknowledgements allow, or
  /// the work cannot be done again.
  void (*check)(const Place&, Database&, std::uint64_t acknowledged) = nullptr;
  /// Puts files beside the database that are there from the start.
  void (*put_files)(const Place&) = nullptr;
};

std::vector<Scenario> scenarios();
/// Those of what is written beside a database (archive_scenarios.cpp).
std::span<const Scenario> archive_scenarios();

/// Makes what stands in `place.prepared`.
void prepare(const Place& place);
void prepare_archives(const Place& place);

/// 400 nodes with ids from `first` on, and edges between them.
void import_some(Database& database, int first);

}  // namespace geode::test
