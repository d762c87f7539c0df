#include <cerrno>
#include <chrono>
#include <cstdint>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/database_file.hpp"
#include "storage/format_version.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/page_walk.hpp"

namespace geode::storage {

namespace {

using base::load_le;
using pages::Meta;

/// A transaction can leave fewer pages than this unwritten at the end of the file.
constexpr std::uint64_t kMostUnwritten = std::uint64_t{1} << 22;
/// Pages of trees that are read when a database is opened, beside those of the catalog, of `hot`
/// and of the free pages.
constexpr std::uint64_t kPagesOnOpen = 4096;
/// A meta page may be read while it is written.
constexpr int kReadings = 10;

[[noreturn]] void damaged(const std::string& path, const std::string& what) {
  throw Error(status::kCorrupt, "database '" + path + "' is damaged: " + what)
      .hint(
          "geode verify tells how far it goes; restore a backup, or let geode salvage save what "
          "can "
          "be read");
}

std::uint64_t size_of(int file, const std::string& path) {
  struct stat info {};
  if (fstat(file, &info) != 0) throw_system(errno, "cannot read the size of", path);
  return static_cast<std::uint64_t>(info.st_size);
}

/// What is no file of LMDB 0.9 at all is not called damaged.
void require_database(int file, const std::string& path) {
  char page[pages::kMetaEnd];
  if (!pages::read_at(file, page, sizeof page, 0) ||
      load_le<std::uint32_t>(page + 16) != pages::kMagic ||
      (load_le<std::uint16_t>(page + 10) & pages::kMetaPage) == 0) {
    throw Error(status::kCannotOpen, "'" + path + "' is not a Geode database");
  }
  if (load_le<std::uint32_t>(page + 20) != pages::kDataVersion) {
    throw Error(status::kCannotOpen, "'" + path + "' was written by another LMDB format");
  }
}

pages::MetaPair read_meta_pages(int file, const std::string& path) {
  pages::MetaPair metas = pages::read_metas(file);
  for (int reading = 1; reading < kReadings && !metas.fault.empty(); ++reading) {
    std::this_thread::yield();
    metas = pages::read_metas(file);
  }
  if (metas.fault.empty()) return metas;
  // Other versions wrote other pairs; who reads the version refuses them.
  if (metas.metas[0] && metas.metas[1] &&
      stored_format_version(file, metas.newest()).value_or(kFormatVersion) != kFormatVersion) {
    return metas;
  }
  if (metas.metas[0] && size_of(file, path) < metas.metas[0]->page_size + pages::kMetaEnd) {
    damaged(path, "file is truncated");
  }
  damaged(path, "meta page " + std::to_string(metas.faulty_page) + ": " + metas.fault);
}

std::string described(const PageDamage& damage) {
  std::string out = damage.table.empty() ? "" : "table " + damage.table + ", ";
  return out + "page " + std::to_string(damage.page) + ": " + damage.what;
}

}  // namespace

void check_database_file(int file, const std::string& path) {
  if (size_of(file, path) == 0) {
    throw Error(status::kCannotOpen, "'" + path + "' is empty, not a Geode database")
        .hint("remove the file to create a database of that name");
  }
  require_database(file, path);
  // The file may be written at the same time: a walk counts only when the meta page it began with
  // is still the newest.
  for (int attempt = 0; attempt < 100; ++attempt) {
    const Meta meta = read_meta_pages(file, path).newest();
    const std::uint64_t pages_in_file = size_of(file, path) / meta.page_size;
    if (meta.last_page < pages_in_file) return;
    // LMDB does not write pages that one transaction took and freed. A crash before the writer
    // filled the file up leaves it short without a loss: look whether anything is missing.
    if (meta.last_page - pages_in_file < kMostUnwritten &&
        walk_pages(file, meta, {.large_values = false}).damages.empty()) {
      return;
    }
    if (read_meta_pages(file, path).newest().transaction == meta.transaction) {
      damaged(path, "file is truncated (" + std::to_string(pages_in_file) + " of " +
                        std::to_string(meta.last_page + 1) + " pages)");
    }
  }
  throw Error(status::kDatabaseBusy,
              "database '" + path + "' changes faster than it can be checked");
}

void check_pages(MDB_txn* snapshot, const std::string& path) {
  int file = -1;
  mdb_env_get_fd(mdb_txn_env(snapshot), &file);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const std::uint64_t transaction = mdb_txn_id(snapshot);
    const pages::MetaPair metas = read_meta_pages(file, path);
    // A commit writes its meta page before readers see it, so the newest one may be of the next.
    const auto& meta = metas.metas[transaction % 2];
    if (meta && meta->transaction == transaction) {
      // Files of other versions look different.
      require_format_version(stored_format_version(file, *meta).value_or(kFormatVersion), path);
      const PageReport report =
          walk_pages(file, *meta, {.large_values = false, .most_pages = kPagesOnOpen});
      if (!report.damages.empty()) {
        const std::uint64_t more = report.damages.size() - 1 + report.more_damages;
        damaged(path, described(report.damages.front()) +
                          (more > 0 ? " (and " + std::to_string(more) + " more)" : ""));
      }
      const std::vector<PageDamage> found = meta_damages(file);
      // Where another process commits, it may have begun to write over the state before.
      if (!found.empty() && read_meta_pages(file, path).newest().transaction == transaction) {
        damaged(path, described(found.front()));
      }
      return;
    }
    mdb_txn_reset(snapshot);
    std::this_thread::sleep_for(std::chrono::microseconds(attempt < 10 ? 10 : 1000));
    check_lmdb(mdb_txn_renew(snapshot), "mdb_txn_renew", path);
  }
  throw Error(status::kDatabaseBusy,
              "database '" + path + "' changes faster than it can be checked");
}

}  // namespace geode::storage
