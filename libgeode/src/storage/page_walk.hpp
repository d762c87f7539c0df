#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/page_format.hpp"
#include "storage/transaction.hpp"

namespace geode::storage {

// Reads the trees of a database file without LMDB, which trusts what it reads: every page number,
// offset and size is checked before it is used, so that a damaged file gives a list of damages.
// Files of format versions before 7, which have no checksums of values, are read too.

struct PageDamage {
  std::uint64_t page = 0;
  std::string table;  ///< its name; "free pages", "names", or "" for the meta pages
  std::string what;
};

struct PageWalkOptions {
  /// The pages of large values are read, and their checksums compared. Without, only the pages of
  /// the trees are read, with the values that stand in them.
  bool large_values = true;
  /// Trees other than those of the catalog, of `hot` and of the free pages are walked while their
  /// pages are no more than these together.
  std::uint64_t most_pages = ~std::uint64_t{0};
  /// The first damages; the others are counted.
  std::size_t most_damages = 100;
};

/// Keys of a table that could not be read: from `low` on and below `high` (empty: to the end).
struct LostKeys {
  Table table{};
  std::string low, high;
};

struct PageReport {
  std::vector<PageDamage> damages;
  std::uint64_t more_damages = 0;
  std::uint64_t transaction = 0;
  std::uint64_t tree_pages = 0, overflow_pages = 0, free_pages = 0, entries = 0;
  /// False when options.most_pages ended the walk.
  bool complete = true;
  /// What damages have taken away, in the order it was missed.
  std::vector<LostKeys> lost;
  /// Entries that the tables say they have, by their numbers; none where that cannot be read.
  std::array<std::optional<std::uint64_t>, kTableCount> entries_said;
  /// By page: it is part of what was read, or free. A page of a tree whose entries are out of order
  /// is not.
  std::vector<bool> accounted;
  bool free_pages_whole = true;
};

/// Gets every entry that can be read, in the order of the keys. `table` is null for a table that
/// this library does not know. `value` is what was stored, without its checksum; `intact` says
/// whether the checksum was right. The views live until it returns.
struct PageEntry {
  std::optional<Table> table;
  std::string_view table_name;
  ByteView key, value;
  bool intact = true;
};
using PageVisitor = std::function<void(const PageEntry&)>;

/// The newest state in a file that nobody writes meanwhile, its meta pages too. Throws nothing for
/// what the file says: what cannot be read is a damage.
PageReport walk_pages(int file, const PageWalkOptions& options, const PageVisitor& visitor = {});

/// The state that `snapshot` sees, also while others write: the pages of a snapshot stay as they
/// are until it ends. Where two transactions were committed since it was taken, its meta page is
/// gone: then it takes the newest state first. Throws Error 08X02 when that does not come to an
/// end.
PageReport walk_pages(ReadTransaction& snapshot, const PageWalkOptions& options,
                      const PageVisitor& visitor = {});

/// The trees of `meta`, which must be protected by a reader or by nobody's writing.
PageReport walk_pages(int file, const pages::Meta& meta, const PageWalkOptions& options,
                      const PageVisitor& visitor = {});

/// What is wrong with the meta pages: each of them, the pair, and what they name. For a file that
/// nobody writes meanwhile.
std::vector<PageDamage> meta_damages(int file);

/// After a commit failed to write its meta page: LMDB then puts the number of an older transaction
/// over the state that was not committed. Gives that page the state that the other one names, so
/// that what is found out about numbers that were changed stays true. Nobody writes meanwhile.
void mend_meta_pages(int file) noexcept;

/// The number of the transaction that wrote the state of `meta`, as the state itself says (see
/// stamp_transaction); none when there is none, or it cannot be read.
std::optional<std::uint64_t> stamped_transaction(int file, const pages::Meta& meta);

/// The format version that the state of `meta` says it has; none when it cannot be read.
std::optional<std::uint32_t> stored_format_version(int file, const pages::Meta& meta);

}  // namespace geode::storage
