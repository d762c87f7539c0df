// Backups of the commits behind another backup, and where restored databases go on.
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include <geode/backup.hpp>
#include <geode/error.hpp>
#include <geode/log_archive.hpp>
#include <geode/verify.hpp>
#include "temp_directory.hpp"

using namespace geode;
namespace fs = std::filesystem;

namespace {

template <class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(error.gqlstatus()) + " " + std::string(error.message());
  }
  return "";
}

/// A database whose commits each insert the next number, with its log on.
struct Numbered {
  test::TempDirectory folder;
  Database database{folder.file("g.geode")};
  int last = 0;

  Numbered() {
    insert();
    database.set_change_log(true);
  }
  std::string file(const std::string& name) const { return folder.file(name); }
  void insert() {
    database.execute("INSERT (:N {n: $n})", {{"n", Value(std::int64_t{++last})}}).consume();
  }
  BackupInfo back_up(const std::string& name, const std::string& parent = "",
                     const std::string& wal = "") {
    BackupOptions options;
    options.output = file(name);
    if (!parent.empty()) options.parent = file(parent);
    options.wal_archive = wal;
    return create_backup(database, options);
  }
  RestoreReport restore(const std::string& name, const std::string& to,
                        std::optional<std::int64_t> until = {}) const {
    RestoreOptions options;
    options.input = file(name);
    options.database = file(to);
    options.replay.until = until;
    return restore_backup(options);
  }
};

/// How many numbers from 1 on a database holds; -1 when it holds others.
std::int64_t numbers_in(const std::string& path) {
  Database database(path);
  const auto number = [&](const std::string& what) {
    return database.query("MATCH (n:N) RETURN " + what).single().as_int64();
  };
  const std::int64_t count = number("count(*)");
  return number("sum(n.n)") == count * (count + 1) / 2 && number("max(n.n)") == count ? count : -1;
}

}  // namespace

TEST_CASE("incremental backups lead from a full one to their state", "[backup]") {
  Numbered source;
  source.back_up("full.tar.gz");
  for (int i = 0; i < 3; ++i) source.insert();
  const BackupInfo first = source.back_up("first.tar.zst", "full.tar.gz");
  CHECK(first.type == "incremental");
  CHECK(first.first_lsn == 2);
  CHECK(first.lsn == 4);
  CHECK(first.parent->name == "full.tar.gz");
  const std::int64_t then = source.database.change_log().commit_time;
  const BackupInfo empty = source.back_up("empty.tar", "first.tar.zst");
  CHECK(empty.lsn == 4);
  source.insert();
  const BackupInfo last = source.back_up("last.tar", "empty.tar");
  CHECK(last.parent->checksum == empty.checksum);
  CHECK(verify_backup(source.file("last.tar")).checksum == last.checksum);

  CHECK(source.restore("last.tar", "a.geode").replay.records == 4);
  CHECK(numbers_in(source.file("a.geode")) == 5);
  CHECK(verify(source.file("a.geode")).ok());
  CHECK(source.restore("empty.tar", "b.geode").info.checksum == empty.checksum);
  CHECK(numbers_in(source.file("b.geode")) == 4);
  const RestoreReport report = source.restore("last.tar", "c.geode", then - 1);
  CHECK(report.replay.reached_target);
  CHECK(report.replay.lsn == 3);
  CHECK(numbers_in(source.file("c.geode")) == 3);

  // A part of the chain that is missing, or another one under its name.
  fs::create_directory(source.file("away"));
  fs::rename(source.file("first.tar.zst"), source.file("away/first.tar.zst"));
  const auto restored = [&] { source.restore("last.tar", "d.geode"); };
  CHECK(message_of(restored).find("58X02 '" + source.file("empty.tar") +
                                  "' goes on from the backup 'first.tar.zst' of commit 4") == 0);
  CHECK(message_of([&] { verify_backup(source.file("last.tar")); }).starts_with("58X02"));
  VerifyBackupOptions alone;
  alone.alone = true;
  CHECK(verify_backup(source.file("last.tar"), alone).lsn == 5);
  RestoreOptions options;
  options.input = source.file("last.tar");
  options.database = source.file("d.geode");
  options.parents = {source.file("away/first.tar.zst")};
  CHECK(restore_backup(options).replay.lsn == 5);
  fs::remove(source.file("d.geode"));
  source.back_up("first.tar.zst");
  CHECK(message_of(restored).starts_with("58X02"));
  CHECK_FALSE(fs::exists(source.file("d.geode")));
}

TEST_CASE("a parent that the database does not go on from is refused", "[backup]") {
  Numbered source, other;
  source.back_up("full.tar");
  source.insert();
  source.back_up("later.tar");
  const auto attempt = [](Numbered& from, const std::string& parent) {
    return message_of([&] {
      BackupOptions options;
      options.output = from.file("refused.tar");
      options.parent = parent;
      create_backup(from.database, options);
    });
  };
  CHECK(attempt(other, source.file("full.tar")).find(" is a backup of database ") !=
        std::string::npos);
  CHECK(attempt(source, source.file("none.tar")).starts_with("08X01"));
  // The restored database begins a timeline with the same LSN.
  source.restore("full.tar", "back.geode");
  Database back(source.file("back.geode"));
  CHECK(back.change_log().timeline != source.database.change_log().timeline);
  back.execute("INSERT (:N {n: 2})").consume();
  BackupOptions options;
  options.output = source.file("refused.tar");
  options.parent = source.file("later.tar");
  CHECK(message_of([&] { create_backup(back, options); }).starts_with("22023"));
  options.parent = source.file("full.tar");
  CHECK(create_backup(back, options).lsn == 2);
}

TEST_CASE("an incremental backup needs all commits behind its parent", "[backup]") {
  Numbered source;
  source.back_up("full.tar");
  source.insert();
  const std::string wal = source.file("wal");
  fs::create_directory(wal);
  for (int i = 0; i < 30; ++i) {
    source.insert();
    source.database.archive_change_log(wal);
  }
  source.insert();
  const std::string refusal = message_of([&] { source.back_up("no.tar", "full.tar"); });
  CHECK(refusal.find("55X01 commits 2 to 32, which came after the parent") == 0);
  CHECK_FALSE(fs::exists(source.file("no.tar")));
  CHECK(source.back_up("with.tar", "full.tar", wal).lsn == 33);
  source.restore("with.tar", "a.geode");
  CHECK(numbers_in(source.file("a.geode")) == 33);
  // In an archive of its own, the log is one part again, and leads there too.
  LogArchiveOptions options;
  options.output = source.file("log.tar");
  options.wal_directory = wal;
  const LogArchiveReport report = archive_log(source.database, options);
  CHECK(report.first_lsn == 2);
  CHECK(report.last_lsn == 33);
  CHECK(std::distance(fs::directory_iterator(wal), fs::directory_iterator()) == 1);
  fs::rename(source.file("log.tar"), wal + "/log.tar");
  CHECK(source.back_up("archived.tar", "full.tar", wal).lsn == 33);
  source.restore("full.tar", "b.geode");
  CHECK(replay_archives(source.file("b.geode"), wal).replay.records == 32);
  CHECK(numbers_in(source.file("b.geode")) == 33);
}

TEST_CASE("logs of several timelines go into one archive", "[backup]") {
  Numbered source;
  source.back_up("full.tar");
  const std::string wal = source.file("wal");
  fs::create_directory(wal);
  source.insert();
  source.database.archive_change_log(wal);
  source.restore("full.tar", "back.geode");
  Database back(source.file("back.geode"));
  back.execute("INSERT (:N {n: 2}), (:N {n: 3})").consume();
  back.archive_change_log(wal);
  LogArchiveOptions options;
  options.output = source.file("log.tar");
  options.wal_directory = wal;
  CHECK(archive_log(back, options).info.lsn == 2);
  fs::rename(source.file("log.tar"), wal + "/log.tar");
  CHECK(verify_backup(wal + "/log.tar").lsn == 2);
  // The commits of the timeline that began last, unless another one is asked for.
  source.restore("full.tar", "new.geode");
  replay_archives(source.file("new.geode"), wal);
  CHECK(numbers_in(source.file("new.geode")) == 3);
  source.restore("full.tar", "old.geode");
  ReplayRequest request;
  request.timeline = source.database.change_log().timeline;
  replay_archives(source.file("old.geode"), wal, request);
  CHECK(numbers_in(source.file("old.geode")) == 2);
}

TEST_CASE("a replay of archives changes all or nothing, and nobody sees it half done", "[backup]") {
  Numbered source;
  source.back_up("full.tar");
  const std::string wal = source.file("wal"), back = source.file("back.geode");
  fs::create_directory(wal);
  for (int i = 0; i < 5; ++i) source.insert();
  source.database.archive_change_log(wal);
  source.restore("full.tar", "back.geode");
  {
    const Database open(back);
    CHECK(message_of([&] { replay_archives(back, wal); }).starts_with("08X02"));
  }
  ReplayRequest request;
  request.progress = [](std::uint64_t, std::uint64_t all) { return all == 0; };
  CHECK(message_of([&] { replay_archives(back, wal, request); }).starts_with("57X01"));
  CHECK(numbers_in(back) == 1);
  CHECK(replay_archives(back, wal).replay.records == 5);
  CHECK(numbers_in(back) == 6);
}
