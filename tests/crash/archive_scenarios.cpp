// Scenarios of what is written beside a database: segments and archives of its change log, backups
// and what is restored of them, upgraded and salvaged files.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <geode/backup.hpp>
#include <geode/log_archive.hpp>
#include <geode/salvage.hpp>
#include <geode/upgrade.hpp>
#include <geode/verify.hpp>
#include "graph_check.hpp"
#include "step_scenarios.hpp"

namespace geode::test {
namespace {

void archive_log(const Place& place, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("INSERT (:Person {id: 80001, name: 'Gil'})");
  acknowledge();
  session.execute("MATCH (p:Person) WHERE p.id < 60 SET p.seen = true");
  acknowledge();
  database.archive_change_log(place.log());
  import_some(database, 90'000);
  acknowledge();
  session.execute("MATCH (p:Person) WHERE p.id < 20 DETACH DELETE p");
  acknowledge();
  database.archive_change_log(place.log());
  session.execute("INSERT (:Person {id: 80002, name: 'Hal'})");
  acknowledge();
}

void back_up(const Place& place, Database& database, const Acknowledge& acknowledge) {
  BackupOptions options;
  options.output = place.file("first.tar.gz");
  create_backup(database, options);
  acknowledge();
  database.execute("INSERT (:Person {id: 81001, name: 'Ida'})");
  acknowledge();
  options.overwrite = true;
  create_backup(database, options);
  acknowledge();
  options.output = place.file("second.tar");
  create_backup(database, options);
  acknowledge();
}

/// A backup under its name is whole, and of a state that was there.
void check_backups(const Place& place, Database& database, std::uint64_t acknowledged) {
  const std::uint64_t lsn = database.change_log().lsn;
  const auto check = [&](const char* name, std::uint64_t must, std::uint64_t must_be_new) {
    const std::string file = place.file(name);
    if (!std::filesystem::exists(file)) {
      expect(acknowledged < must, std::string(name) + " is there, as it was acknowledged");
      return;
    }
    const std::uint64_t has = verify_backup(file).lsn;
    expect(has == lsn || (has + 1 == lsn && acknowledged < must_be_new),
           std::string(name) + " holds the commits it was to hold");
  };
  check("first.tar.gz", 1, 3);
  check("second.tar", 4, 4);
  BackupOptions options;
  options.output = place.file("first.tar.gz");
  options.overwrite = true;
  expect(create_backup(database, options).lsn == lsn, "a backup can be made again");
}

std::string restored(const Place& place) { return place.file("restored.db"); }

RestoreOptions restoring(const Place& place, const std::string& database, bool overwrite) {
  RestoreOptions options;
  options.input = place.backup();
  options.database = database;
  options.overwrite = overwrite;
  return options;
}

void restore_new(const Place& place, Database&, const Acknowledge& acknowledge) {
  restore_backup(restoring(place, restored(place), false));
  acknowledge();
}

void check_restored(const Place& place, Database&, std::uint64_t acknowledged) {
  if (!std::filesystem::exists(restored(place))) {
    expect(acknowledged == 0, "the restored database is there");
    restore_backup(restoring(place, restored(place), false));
  }
  expect(digest(Database(restored(place)).begin_read()) ==
             digest(Database(place.log_base()).begin_read()),
         "the restored database is what was backed up");
  expect(verify(restored(place)).ok(), "the restored database is sound");
}

/// Two archives that go on from the backup that was prepared.
void back_up_changes(const Place& place, Database& database, const Acknowledge& acknowledge) {
  BackupOptions options;
  options.parent = place.backup();
  options.output = place.file("first.tar.gz");
  database.execute("INSERT (:Person {id: 86001, name: 'Quin'})");
  acknowledge();
  create_backup(database, options);
  acknowledge();
  database.execute("MATCH (p:Person) WHERE p.id < 10 SET p.seen = true");
  acknowledge();
  options.parent = options.output;
  options.output = place.file("second.tar");
  create_backup(database, options);
  acknowledge();
}

void check_changes(const Place& place, Database&, std::uint64_t acknowledged) {
  VerifyBackupOptions options;
  options.parents = {place.backup()};
  const auto check = [&](const char* name, std::uint64_t must, std::uint64_t records) {
    const std::string file = place.file(name);
    if (!std::filesystem::exists(file)) {
      expect(acknowledged < must, std::string(name) + " is there, as it was acknowledged");
      return;
    }
    const BackupInfo info = verify_backup(file, options);
    expect(info.lsn + 1 - info.first_lsn == records,
           std::string(name) + " holds the commits it was to hold");
  };
  check("first.tar.gz", 2, 1);
  check("second.tar", 4, 1);
}

RestoreOptions restoring_changes(const Place& place) {
  RestoreOptions options = restoring(place, restored(place), false);
  options.input = place.incremental();
  return options;
}

void restore_changes(const Place& place, Database&, const Acknowledge& acknowledge) {
  restore_backup(restoring_changes(place));
  acknowledge();
}

void check_restored_changes(const Place& place, Database&, std::uint64_t acknowledged) {
  if (!std::filesystem::exists(restored(place))) {
    expect(acknowledged == 0, "the restored database is there");
    restore_backup(restoring_changes(place));
  }
  Database database(restored(place));
  expect(digest(database.begin_read()) == digest(Database(place.changed()).begin_read()),
         "the restored database is what was backed up");
  expect(database.change_log().timeline != Database(place.changed()).change_log().timeline,
         "a database that has the name has begun a timeline");
  expect(verify(restored(place)).ok(), "the restored database is sound");
}

void restore_over(const Place& place, Database& database, const Acknowledge& acknowledge) {
  database.execute("INSERT (:Person {id: 82001, name: 'Jon'})");
  acknowledge();
  database = Database(":memory:");
  restore_backup(restoring(place, place.database(), true));
  database = Database(place.database());
  acknowledge();
  database.execute("INSERT (:Person {id: 82002, name: 'Kim'})");
  acknowledge();
}

/// What was archived and what is in the log lead from the first state to this one.
void check_log(const Place& place, Database& database, std::uint64_t) {
  database.archive_change_log(place.log());
  std::uint64_t archives = 0;
  for (const auto& entry : std::filesystem::directory_iterator(place.log())) {
    archives += entry.path().filename().string().starts_with('.') ? 0 : 1;
  }
  const std::string path = place.file("replayed.db");
  std::filesystem::copy_file(place.log_base(), path,
                             std::filesystem::copy_options::overwrite_existing);
  if (archives > 0) replay_archives(path, place.log());
  Database replayed(path);
  expect(digest(replayed.begin_read()) == digest(database.begin_read()),
         "the change log leads to the same state");
}

void archive_to(const Place& place, Database& database, const char* name, bool from_folder) {
  LogArchiveOptions options;
  options.output = place.log() + "/" + name;
  if (from_folder) options.wal_directory = place.log();
  archive_log(database, options);
}

/// From the database and from a folder of segments, both into archives beside these.
void archive_log_to_files(const Place& place, Database& database, const Acknowledge& acknowledge) {
  database.execute("INSERT (:Person {id: 83001, name: 'Lea'})");
  acknowledge();
  archive_to(place, database, "1.tar.gz", false);
  database.execute("MATCH (p:Person) WHERE p.id < 30 SET p.seen = true");
  acknowledge();
  database.archive_change_log(place.log());
  database.execute("INSERT (:Person {id: 83002, name: 'Max'})");
  acknowledge();
  archive_to(place, database, "2.tar", true);
  database.execute("MATCH (p:Person) WHERE p.id < 10 DETACH DELETE p");
  acknowledge();
}

/// What prepare() archived.
void change_replayed(Database& database) {
  for (int i = 0; i < 3; ++i) {
    database.execute("INSERT (:Replayed {id: $i})", {{"i", Value(i)}});
  }
  import_some(database, 84'000);
  database.execute("INSERT (:Replayed {id: 3})");
}

/// All or nothing.
void replay(const Place& place, Database& database) {
  database = Database(":memory:");
  replay_archives(place.database(), place.changes());
  database = Database(place.database());
}

void replay_log(const Place& place, Database& database, const Acknowledge& acknowledge) {
  replay(place, database);
  acknowledge();
  database.execute("INSERT (:Replayed {id: 4})");
  acknowledge();
}

void check_replayed(const Place& place, Database& database, std::uint64_t) {
  if (database.begin_read().count_nodes("Replayed") > 0) return;
  replay(place, database);
  expect(database.begin_read().count_nodes("Replayed") == 4, "the log can be replayed again");
}

void switch_log(const Place& place, Database& database, const Acknowledge& acknowledge) {
  database.set_change_log(true);
  acknowledge();
  database.execute("INSERT (:Person {id: 85001, name: 'Nils'})");
  acknowledge();
  database.archive_change_log(place.log());
  database.set_change_log(false);
  acknowledge();
  database.execute("INSERT (:Person {id: 85002, name: 'Ole'})");
  acknowledge();
  database.set_change_log(true);
  acknowledge();
  database.execute("INSERT (:Person {id: 85003, name: 'Pia'})");
  acknowledge();
}

void put_old_file(const Place& place) {
  std::filesystem::copy_file(place.old_file(), place.file("old.db"));
}

void upgrade_file(const Place& place, Database&, const Acknowledge& acknowledge) {
  UpgradeOptions options;
  options.keep = true;
  upgrade(place.file("old.db"), options);
  acknowledge();
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// The file is the one before or the new one, and the one before is kept before it goes.
void check_upgraded(const Place& place, Database& database, std::uint64_t acknowledged) {
  const std::string path = place.file("old.db"), kept = path + ".v6";
  UpgradeOptions look;
  look.check_only = true;
  const UpgradeReport state = upgrade(path, look);
  if (state.from_version != state.to_version) {
    expect(acknowledged == 0, "the file is upgraded, as it was acknowledged");
    expect(bytes_of(path) == bytes_of(place.old_file()), "the file before is whole");
    upgrade_file(place, database, [] {});
  }
  expect(bytes_of(kept) == bytes_of(place.old_file()), "the file before is kept");
  expect(digest(Database(path).begin_read()) == digest(Database(place.upgraded()).begin_read()),
         "the upgraded file holds the same");
  expect(verify(path).ok(), "the upgraded file is sound");
}

void put_damaged_file(const Place& place) {
  std::filesystem::copy_file(place.damaged(), place.file("damaged.db"));
}

void salvage_file(const Place& place, Database&, const Acknowledge& acknowledge) {
  salvage(place.file("damaged.db"), place.file("salvaged.db"));
  acknowledge();
}

/// What is saved is there as a whole or not at all, and the damaged file is as it was.
void check_salvaged(const Place& place, Database& database, std::uint64_t acknowledged) {
  const std::string path = place.file("salvaged.db");
  expect(bytes_of(place.file("damaged.db")) == bytes_of(place.damaged()),
         "the damaged file is only read");
  if (!std::filesystem::exists(path)) {
    expect(acknowledged == 0, "what was saved is there, as it was acknowledged");
    salvage_file(place, database, [] {});
  }
  expect(digest(Database(path).begin_read()) == digest(Database(place.salvaged()).begin_read()),
         "all that can be saved is there");
  expect(verify(path).ok(), "what was saved is sound");
}

constexpr Scenario kScenarios[] = {
    {.name = "archive-log", .run = archive_log, .logs = true, .check = check_log},
    {.name = "archive-log-to-files", .run = archive_log_to_files, .logs = true, .check = check_log},
    {.name = "replay-log", .run = replay_log, .logs = true, .check = check_replayed},
    {.name = "switch-log", .run = switch_log},
    {.name = "back-up", .run = back_up, .check = check_backups},
    {.name = "restore-new", .run = restore_new, .check = check_restored},
    {.name = "back-up-changes", .run = back_up_changes, .logs = true, .check = check_changes},
    {.name = "restore-changes", .run = restore_changes, .check = check_restored_changes},
    {.name = "restore-over", .run = restore_over, .logs = true},
    {.name = "upgrade-file",
     .run = upgrade_file,
     .check = check_upgraded,
     .put_files = put_old_file},
    {.name = "salvage-file",
     .run = salvage_file,
     .check = check_salvaged,
     .put_files = put_damaged_file},
};

/// Of a few values the checksum is wrong from here on.
void damage(const std::string& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
  for (std::int64_t at = 8 * 4096 + 3000; at < bytes; at += 6 * 4096) {
    file.seekg(at);
    const char byte = static_cast<char>(file.get() ^ 0x11);
    file.seekp(at);
    file.put(byte);
  }
}

}  // namespace

std::span<const Scenario> archive_scenarios() { return kScenarios; }

void prepare_archives(const Place& place) {
  std::filesystem::copy_file(place.base(), place.log_base());
  Database database(place.log_base());
  database.set_change_log(true);
  BackupOptions options;
  options.output = place.backup();
  create_backup(database, options);

  std::filesystem::copy_file(place.log_base(), place.changed());
  std::filesystem::create_directory(place.changes());
  Database changed(place.changed());
  change_replayed(changed);
  options.parent = options.output;
  options.output = place.incremental();
  create_backup(changed, options);
  changed.archive_change_log(place.changes());

  for (const std::string& path : {place.old_file(), place.upgraded()})
    std::filesystem::copy_file(GEODE_OLD_FILE, path);
  upgrade(place.upgraded());

  std::filesystem::copy_file(place.base(), place.damaged());
  damage(place.damaged());
  expect(!salvage(place.damaged(), place.salvaged()).whole(), "something cannot be saved");
}

}  // namespace geode::test
