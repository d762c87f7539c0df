#include <cerrno>
#include <cstdint>
#include <optional>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/database_file.hpp"
#include "storage/lmdb_error.hpp"

namespace geode::storage {

namespace {

using base::load_le;

// LMDB 0.9's file, as far as it is read here (64-bit machines, little-endian).
//   page   number:u64 pad:u16 flags:u16 lower:u16 upper:u16 | pages: u32 in place of lower and
//   upper for overflow pages meta   at 16: magic:u32 version:u32 address:u64 map size:u64 table[2]
//   last page:u64 transaction:u64 table  pad:u32 (page size in the first) flags:u16 depth:u16
//   branch leaf overflow pages, entries, root: u64 each node   lo:u16 hi:u16 flags:u16 key size:u16
//   key data; branch: page = lo | hi << 16 | flags << 32
constexpr std::uint32_t kMagic = 0xBEEFC0DE;
constexpr std::uint32_t kDataVersion = 1;
constexpr std::size_t kPageHeader = 16;
constexpr std::size_t kTableSize = 48;
constexpr std::size_t kMetaEnd = 152;
constexpr std::uint64_t kNoPage = ~std::uint64_t{0};
constexpr std::uint16_t kBranch = 1, kLeaf = 2, kMetaPage = 8, kLeafOfFixed = 0x20;
constexpr std::uint16_t kBigData = 1, kSubTable = 2;
/// A transaction can leave fewer pages than this unwritten at the end of the file.
constexpr std::uint64_t kMostUnwritten = std::uint64_t{1} << 22;

struct Meta {
  std::uint32_t page_size = 0;
  std::uint64_t roots[2] = {kNoPage, kNoPage};
  std::uint64_t last_page = 0;
  std::uint64_t transaction = 0;
};

[[noreturn]] void damaged(const std::string& path, const std::string& what) {
  throw Error(status::kCorrupt, "database '" + path + "' is damaged: " + what)
      .hint("restore it from a backup");
}

bool read_at(int file, void* to, std::size_t size, std::uint64_t offset) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t n = pread(file, at, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<std::size_t>(n);
    offset += static_cast<std::uint64_t>(n);
  }
  return true;
}

std::uint64_t size_of(int file, const std::string& path) {
  struct stat info {};
  if (fstat(file, &info) != 0) throw_system(errno, "cannot read the size of", path);
  return static_cast<std::uint64_t>(info.st_size);
}

Meta read_meta(int file, std::uint64_t offset, bool first, const std::string& path) {
  char page[kMetaEnd];
  if (!read_at(file, page, sizeof page, offset)) {
    if (first) throw Error(status::kCannotOpen, "'" + path + "' is not a Geode database");
    damaged(path, "file is truncated");
  }
  if (load_le<std::uint32_t>(page + 16) != kMagic ||
      (load_le<std::uint16_t>(page + 10) & kMetaPage) == 0) {
    if (first) throw Error(status::kCannotOpen, "'" + path + "' is not a Geode database");
    damaged(path, "its second meta page cannot be read");
  }
  if (load_le<std::uint32_t>(page + 20) != kDataVersion) {
    throw Error(status::kCannotOpen, "'" + path + "' was written by another LMDB format");
  }
  Meta meta;
  meta.page_size = load_le<std::uint32_t>(page + 40);
  meta.roots[0] = load_le<std::uint64_t>(page + 40 + 40);
  meta.roots[1] = load_le<std::uint64_t>(page + 40 + kTableSize + 40);
  meta.last_page = load_le<std::uint64_t>(page + 136);
  meta.transaction = load_le<std::uint64_t>(page + 144);
  const std::uint32_t size = meta.page_size;
  if (size < 512 || size > 65536 || (size & (size - 1)) != 0) damaged(path, "impossible page size");
  return meta;
}

bool roots_within(const Meta& meta) {
  for (const std::uint64_t root : meta.roots) {
    if (root != kNoPage && (root < 2 || root > meta.last_page)) return false;
  }
  return true;
}

/// The other meta page may be torn: its transaction number is written last, so a process that died
/// in the middle leaves a page that LMDB does not take.
Meta newest_meta(int file, const std::string& path) {
  const Meta first = read_meta(file, 0, true, path);
  const Meta second = read_meta(file, first.page_size, false, path);
  return second.transaction > first.transaction ? second : first;
}

/// Walks the trees of `meta` and looks for a page that is not within the file. Pages that are not
/// reachable do not matter.
class PageWalk {
 public:
  PageWalk(int file, std::uint32_t page_size, std::uint64_t pages_in_file)
      : file_(file), page_size_(page_size), pages_in_file_(pages_in_file), page_(page_size) {}

  bool complete(const Meta& meta) {
    for (const std::uint64_t root : meta.roots) push(root);
    while (!pending_.empty() && !missing_) {
      const std::uint64_t number = pending_.back();
      pending_.pop_back();
      // A tree visits no page twice.
      if (++visited_ > pages_in_file_ ||
          !read_at(file_, page_.data(), page_size_, number * page_size_)) {
        return false;
      }
      if (!visit_page()) return false;
    }
    return !missing_;
  }

 private:
  void push(std::uint64_t page) {
    if (page == kNoPage) return;
    need(page, 1);
    pending_.push_back(page);
  }
  void need(std::uint64_t page, std::uint64_t count) {
    if (page >= pages_in_file_ || count > pages_in_file_ - page) missing_ = true;
  }

  bool visit_page() {
    const char* page = page_.data();
    const auto flags = load_le<std::uint16_t>(page + 10);
    if ((flags & (kBranch | kLeaf)) == 0) return false;
    if ((flags & kLeafOfFixed) != 0) return true;
    const auto lower = load_le<std::uint16_t>(page + 12);
    if (lower < kPageHeader || lower > page_size_) return false;
    for (std::size_t at = kPageHeader; at + 2 <= lower; at += 2) {
      const std::size_t node = load_le<std::uint16_t>(page + at);
      if (node < kPageHeader || node + 8 > page_size_) return false;
      const auto lo = load_le<std::uint16_t>(page + node);
      const auto hi = load_le<std::uint16_t>(page + node + 2);
      const auto node_flags = load_le<std::uint16_t>(page + node + 4);
      const std::size_t data = node + 8 + load_le<std::uint16_t>(page + node + 6);
      const std::uint64_t size = lo | std::uint64_t{hi} << 16;
      if ((flags & kBranch) != 0) {
        push(size | std::uint64_t{node_flags} << 32);
      } else if ((node_flags & kBigData) != 0) {
        if (data + 8 > page_size_) return false;
        need(load_le<std::uint64_t>(page + data),
             (kPageHeader + size + page_size_ - 1) / page_size_);
      } else if ((node_flags & kSubTable) != 0) {
        if (data + kTableSize > page_size_) return false;
        push(load_le<std::uint64_t>(page + data + 40));
      }
    }
    return true;
  }

  int file_;
  std::uint32_t page_size_;
  std::uint64_t pages_in_file_;
  std::uint64_t visited_ = 0;
  bool missing_ = false;
  std::vector<char> page_;
  std::vector<std::uint64_t> pending_;
};

}  // namespace

void check_database_file(int file, const std::string& path) {
  if (size_of(file, path) == 0) {
    throw Error(status::kCannotOpen, "'" + path + "' is empty, not a Geode database")
        .hint("remove the file to create a database of that name");
  }
  // The file may be written at the same time: a walk counts only when the meta page it began with
  // is still the newest.
  for (int attempt = 0; attempt < 100; ++attempt) {
    const Meta meta = newest_meta(file, path);
    if (!roots_within(meta)) {
      // Perhaps it was read while it was written.
      const Meta again = newest_meta(file, path);
      if (again.transaction != meta.transaction || roots_within(again)) continue;
      damaged(path, "a meta page names a page beyond the last one");
    }
    const std::uint64_t pages_in_file = size_of(file, path) / meta.page_size;
    if (meta.last_page < pages_in_file) return;
    // LMDB does not write pages that one transaction took and freed. A crash before the writer
    // filled the file up leaves it short without a loss: look whether anything is missing.
    if (meta.last_page - pages_in_file < kMostUnwritten &&
        PageWalk(file, meta.page_size, pages_in_file).complete(meta)) {
      return;
    }
    if (newest_meta(file, path).transaction == meta.transaction) {
      damaged(path, "file is truncated (" + std::to_string(pages_in_file) + " of " +
                        std::to_string(meta.last_page + 1) + " pages)");
    }
  }
  throw Error(status::kDatabaseBusy,
              "database '" + path + "' changes faster than it can be checked");
}

}  // namespace geode::storage
