#include "step_scenarios.hpp"

#include <filesystem>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include <geode/backup.hpp>
#include <geode/import.hpp>
#include <geode/log_archive.hpp>
#include <geode/verify.hpp>
#include "graph_check.hpp"

namespace geode::test {
namespace {

void insert_by_graph_api(const Place&, Database& database, const Acknowledge& acknowledge) {
  for (int round = 0; round < 2; ++round) {
    Transaction transaction = database.begin_write();
    std::vector<NodeId> nodes;
    for (int i = 0; i < 40; ++i) {
      nodes.push_back(transaction.insert_node(
          {"Person", i % 3 == 0 ? "Admin" : "User"},
          {{"id", 10'000 + round * 100 + i}, {"name", "new person " + std::to_string(i)}}));
      if (i > 0)
        transaction.insert_edge(nodes[static_cast<std::size_t>(i) - 1], nodes.back(), "Knows",
                                {{"since", i}});
    }
    transaction.insert_node({"Document"}, {{"text", std::string(50'000, 'd')}});
    transaction.commit();
    acknowledge();
  }
}

void insert_by_statement(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute(
      "INSERT (a:Person {id: 20001, name: 'Ada'})-[:Knows {since: 1}]->(b:Person&Fresh {id: 20002, "
      "city: 'London'})");
  acknowledge();
  session.execute(
      "MATCH (a:Person {id: 20001}), (b:Person) WHERE b.id < 50 INSERT (a)-[:Knows {since: "
      "b.id}]->(b)");
  acknowledge();
}

void set_properties(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("MATCH (p:Person) SET p.age = p.id + 1, p.name = 'renamed'");
  acknowledge();
  session.execute("MATCH (p:Person) WHERE p.id < 100 SET p:Early REMOVE p.name");
  acknowledge();
  session.execute("MATCH (:Person)-[k:Knows]->() SET k.weight = 0.5");
  acknowledge();
}

void delete_elements(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("MATCH (:Person {id: 7})-[k:Knows]->() DELETE k");
  acknowledge();
  session.execute("MATCH (p:Person) WHERE p.id > 150 DETACH DELETE p");
  acknowledge();
}

void change_indexes(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("CREATE INDEX person_name FOR (p:Person) ON (p.name)");
  acknowledge();
  session.execute("CREATE CONSTRAINT rank_once FOR (p:Person) REQUIRE p.rank IS UNIQUE");
  acknowledge();
  session.execute("DROP INDEX person_name");
  acknowledge();
}

void transaction_of_statements(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("START TRANSACTION");
  session.execute("INSERT (:Person {id: 30001})");
  session.execute("SAVEPOINT one");
  session.execute("MATCH (p:Person) DETACH DELETE p");
  session.execute("ROLLBACK TO one");
  session.execute("MATCH (a:Person {id: 30001}), (b:Person {id: 1}) INSERT (a)-[:Follows]->(b)");
  session.execute("CREATE INDEX person_city FOR (p:Person) ON (p.city)");
  session.execute("MATCH (p:Person {id: 2}) SET p.city = 'Oslo'");
  session.execute("COMMIT");
  acknowledge();
}

/// Enough small commits that deltas are merged into chunks.
void many_commits(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  for (int i = 0; i < 60; ++i) {
    session.execute(
        "MATCH (a:Person {id: $a}) INSERT (a)-[:Knows {since: $i}]->(:Person {id: 40000 + $i, "
        "name: 'fold'})",
        {{"a", Value(i % 3)}, {"i", Value(i)}});
    acknowledge();
    if (i % 20 == 19) {
      session.execute("MATCH (a:Person) WHERE a.id < 120 SET a.touched = $i", {{"i", Value(i)}});
      acknowledge();
    }
  }
}

void compact_storage(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("MATCH (p:Person) WHERE p.id > 100 DETACH DELETE p");
  acknowledge();
  database.compact();
  session.execute("INSERT (:Person {id: 50001, name: 'Eve'})");
  acknowledge();
  session.execute("CALL system.compact_storage()");
  session.execute("INSERT (:Person {id: 50002, name: 'Fay'})");
  acknowledge();
}

/// A file without a name.
std::string file_of(const std::string& text) {
  const int file = memfd_create("step_test", MFD_CLOEXEC);
  if (file < 0 || write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw Broken("no file in memory");
  }
  return "/proc/self/fd/" + std::to_string(file);
}

void import_some(Database& database, int first) {
  std::string people = "id,name,rank\n", knows = "from,to,since\n";
  for (int i = 0; i < 400; ++i) {
    people += std::to_string(first + i) + ",imported " + std::to_string(i) + "," +
              std::to_string(first + i) + "\n";
    knows += std::to_string(first + i * 7 % 400) + "," + std::to_string(first + i * 13 % 400) +
             "," + std::to_string(i % 30) + "\n";
  }
  ImportOptions options;
  options.nodes.push_back({{"Person"}, file_of(people), "id", true});
  options.edges.push_back({"Knows", file_of(knows), "Person", "id", "Person", "id"});
  import_files(database, options);
}

/// Into a copy of the file, and, when that holds much, into itself.
void import_some_files(const Place&, Database& database, const Acknowledge& acknowledge) {
  import_some(database, 60'000);
  acknowledge();
  database.execute("INSERT (:Document {text: $text})",
                   {{"text", Value(std::string(500'000, 'd'))}});
  acknowledge();
  import_some(database, 70'000);
  acknowledge();
}

void create_database(const Place&, Database& database, const Acknowledge& acknowledge) {
  acknowledge();
  database.execute("INSERT (:First {id: 1})");
  acknowledge();
}

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

constexpr Scenario kScenarios[] = {
    {.name = "insert-by-graph-api", .run = insert_by_graph_api},
    {.name = "insert-by-statement", .run = insert_by_statement},
    {.name = "set-properties", .run = set_properties},
    {.name = "delete-elements", .run = delete_elements},
    {.name = "change-indexes", .run = change_indexes},
    {.name = "transaction-of-statements", .run = transaction_of_statements},
    {.name = "many-commits", .run = many_commits, .long_one = true},
    {.name = "compact-storage", .run = compact_storage},
    {.name = "import-files", .run = import_some_files},
    {.name = "archive-log", .run = archive_log, .logs = true, .check = check_log},
    {.name = "archive-log-to-files", .run = archive_log_to_files, .logs = true, .check = check_log},
    {.name = "replay-log", .run = replay_log, .logs = true, .check = check_replayed},
    {.name = "switch-log", .run = switch_log},
    {.name = "back-up", .run = back_up, .check = check_backups},
    {.name = "restore-new", .run = restore_new, .check = check_restored},
    {.name = "back-up-changes", .run = back_up_changes, .logs = true, .check = check_changes},
    {.name = "restore-changes", .run = restore_changes, .check = check_restored_changes},
    {.name = "restore-over", .run = restore_over, .logs = true},
    {.name = "create-database", .run = create_database, .creates = true},
};

void fill(Database& database) {
  database.execute("CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE");
  Transaction transaction = database.begin_write();
  std::vector<NodeId> nodes;
  for (int i = 0; i < 300; ++i) {
    nodes.push_back(transaction.insert_node(
        {"Person"}, {{"id", i}, {"name", "person " + std::to_string(i)}, {"rank", 1000 - i}}));
  }
  for (std::size_t i = 0; i < 1500; ++i) {
    transaction.insert_edge(nodes[i * 7 % 300], nodes[i * 13 % 300], "Knows",
                            {{"since", static_cast<int>(i % 30)}});
  }
  transaction.commit();
}

}  // namespace

std::span<const Scenario> scenarios() { return kScenarios; }

void prepare(const Place& place) {
  {
    Database database(place.base());
    fill(database);
  }
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
}

}  // namespace geode::test
