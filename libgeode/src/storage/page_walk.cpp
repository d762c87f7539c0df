#include "storage/page_walk.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <sys/stat.h>
#include <utility>

#include <lmdb.h>

#include "base/bytes.hpp"
#include "storage/format_version.hpp"
#include "storage/seal.hpp"

namespace geode::storage {

namespace {

using base::load_le;
using pages::kNoPage;
using pages::kPageHeader;
using pages::TreeRecord;

/// Deeper than any tree of 2^48 pages.
constexpr std::size_t kMostLevels = 32;
/// No process has as many free pages or tree pages at hand that are looked at without a limit.
constexpr std::uint64_t kMostAlways = 65'536;

/// The format version from which values have checksums.
constexpr std::uint32_t kSealed = 7;

enum class Kind : std::uint8_t { kFree, kNames, kTable, kDuplicates };

struct Tree {
  Kind kind = Kind::kTable;
  TreeRecord record;
  std::string name;
  std::optional<Table> table;
  std::string_view key;  // of kDuplicates: whose
  bool limited = false;
  // What was found.
  std::uint64_t branches = 0, leaves = 0, overflow = 0, entries = 0;
  bool damaged = false;
};

/// `<` of the keys of a tree.
bool before(const Tree& tree, std::string_view a, std::string_view b) {
  const bool numbers = tree.kind == Kind::kFree;
  if (numbers && a.size() == 8 && b.size() == 8) {
    return load_le<std::uint64_t>(a.data()) < load_le<std::uint64_t>(b.data());
  }
  return a < b;
}

class Walk {
 public:
  Walk(int file, const pages::Meta& meta, const PageWalkOptions& options,
       const PageVisitor& visitor)
      : file_(file), meta_(meta), options_(options), visitor_(visitor) {
    struct stat info {};
    if (fstat(file, &info) == 0) {
      pages_in_file_ = static_cast<std::uint64_t>(info.st_size) / meta.page_size;
    }
    used_.resize(std::min(meta.last_page + 1, pages_in_file_));
    report_.transaction = meta.transaction;
    left_always_ = kMostAlways;
    left_ = options.most_pages;
  }

  PageReport run() {
    if (pages_in_file_ < 2) damage(0, nullptr, "the file has no pages");
    checksums_ = stored_format_version(file_, meta_).value_or(kFormatVersion) >= kSealed;
    Tree names;
    names.kind = Kind::kNames;
    names.name = "names";
    names.record = meta_.names;
    walk(names);
    Tree free;
    free.kind = Kind::kFree;
    free.name = "free pages";
    free.record = meta_.free;
    // Those that every statement needs come first, and are walked whatever they hold.
    std::stable_sort(tables_.begin(), tables_.end(),
                     [](const Tree& a, const Tree& b) { return rank(a) < rank(b); });
    bool free_walked = false;
    for (Tree& tree : tables_) {
      tree.limited = rank(tree) > 1;
      if (tree.limited && !std::exchange(free_walked, true)) walk(free);
      walk(tree);
    }
    if (!free_walked) walk(free);
    for (int i = 0; i < kTableCount; ++i) {
      const auto number = static_cast<Table>(i);
      const auto same = [&](const Tree& tree) { return tree.table == number; };
      const auto known = std::find_if(tables_.begin(), tables_.end(), same);
      if (known == tables_.end()) {
        report_.lost.push_back({number, {}, {}});
      } else {
        report_.entries_said[static_cast<std::size_t>(i)] = known->record.entries;
      }
    }
    report_.free_pages_whole = !free.damaged;
    report_.accounted = std::move(used_);
    for (const std::uint64_t page : unread_) report_.accounted[page] = false;
    return std::move(report_);
  }

 private:
  static int rank(const Tree& tree) {
    if (tree.table == Table::kCatalog) return 0;
    if (tree.table == Table::kHot) return 1;
    return tree.table == Table::kBase ? 3 : 2;
  }

  void damage(std::uint64_t page, Tree* tree, std::string what) {
    if (tree != nullptr) tree->damaged = true;
    if (report_.damages.size() >= options_.most_damages) {
      ++report_.more_damages;
      return;
    }
    report_.damages.push_back({page, tree != nullptr ? tree->name : "", std::move(what)});
  }

  /// Keys from `low` on and below `high` were not read.
  void lose(const Tree& tree, std::string_view low, std::string_view high) {
    if (tree.table) report_.lost.push_back({*tree.table, std::string(low), std::string(high)});
  }
  void lose_key(const Tree& tree, std::string_view key) {
    lose(tree, key, std::string(key) + '\0');
  }

  /// Says that `count` pages from `page` on are used; false when that cannot be.
  bool take(std::uint64_t page, std::uint64_t count, std::uint64_t from, Tree& tree) {
    if (page < 2 || page > meta_.last_page || count > meta_.last_page + 1 - page) {
      damage(from, &tree,
             "it refers to page " + std::to_string(page) + ", and the last one is " +
                 std::to_string(meta_.last_page));
      return false;
    }
    if (page + count > used_.size()) {
      damage(from, &tree,
             "it refers to page " + std::to_string(page) + ", and the file is shorter");
      return false;
    }
    for (std::uint64_t i = page; i < page + count; ++i) {
      if (used_[i]) {
        damage(from, &tree, "it refers to page " + std::to_string(i) + ", which is used elsewhere");
        return false;
      }
      used_[i] = true;
    }
    return true;
  }

  /// False when the walk is to go no further.
  bool afford(const Tree& tree) {
    std::uint64_t& left =
        tree.limited || options_.most_pages == ~std::uint64_t{0} ? left_ : left_always_;
    if (left == 0) {
      report_.complete = false;
      return false;
    }
    --left;
    return true;
  }

  void walk(Tree& tree) {
    const TreeRecord& record = tree.record;
    const bool empty = record.root == kNoPage;
    if (empty != (record.depth == 0) || record.depth > kMostLevels) {
      damage(0, &tree, "its record has a wrong depth, " + std::to_string(record.depth));
      lose(tree, {}, {});
      return;
    }
    // A tree is walked whole or not at all, so that LMDB is trusted with it or not.
    const std::uint64_t expected = record.branch_pages + record.leaf_pages;
    if (tree.limited && expected > left_) {
      report_.complete = false;
      return;
    }
    const bool complete_before = std::exchange(report_.complete, true);
    if (!empty && take(record.root, 1, 0, tree)) {
      visit(tree, record.root, 1, {}, {});
    } else if (!empty) {
      lose(tree, {}, {});
    }
    const bool whole = std::exchange(report_.complete, complete_before && report_.complete);
    if (!whole || tree.damaged) return;
    const auto compare = [&](std::uint64_t found, std::uint64_t said, const char* what) {
      if (found == said) return;
      damage(record.root == kNoPage ? 0 : record.root, &tree,
             "its record says " + std::to_string(said) + " " + what + ", and there are " +
                 std::to_string(found));
    };
    compare(tree.branches, record.branch_pages, "branch pages");
    compare(tree.leaves, record.leaf_pages, "leaf pages");
    // A value may have more pages than it needs: what it replaced was longer. Only the header of
    // its first page tells.
    if (options_.large_values || tree.overflow > record.overflow_pages) {
      compare(tree.overflow, record.overflow_pages, "overflow pages");
    }
    compare(tree.entries, record.entries, "entries");
  }

  /// A page at `level` (the root's is 1), whose keys are at least `low` and less than `high` (where
  /// these are not empty). Never deeper than kMostLevels.
  void visit(Tree& tree, std::uint64_t number, std::size_t level, std::string_view low,
             std::string_view high) {
    if (!afford(tree)) return;
    const auto page = std::make_unique<char[]>(meta_.page_size);
    if (!pages::read_at(file_, page.get(), meta_.page_size, number * meta_.page_size)) {
      damage(number, &tree, "it cannot be read");
      lose(tree, low, high);
      return;
    }
    ++report_.tree_pages;
    const std::string fault =
        pages::page_fault(page.get(), number, meta_.page_size, tree.kind == Kind::kDuplicates,
                          tree.kind == Kind::kFree);
    if (!fault.empty()) {
      damage(number, &tree, fault);
      lose(tree, low, high);
      return;
    }
    const bool branch = pages::page_flags(page.get()) == pages::kBranch;
    if (branch == (level == tree.record.depth)) {
      damage(number, &tree, branch ? "it is a branch where leaves are" : "it is a leaf too high");
      lose(tree, low, high);
      unread_.push_back(number);
      return;
    }
    ++(branch ? tree.branches : tree.leaves);
    const std::size_t count = pages::node_count(page.get());
    if (!branch && tree.kind == Kind::kDuplicates) {
      visit_duplicates(tree, number, page.get(), count, low, high);
      return;
    }
    std::string_view last = low;
    for (std::size_t i = 0; i < count; ++i) {
      const pages::Node node = pages::node_at(page.get(), i);
      // The first key of a branch stands for all that is less than the second one.
      const bool has_key = !branch || i > 0;
      if (has_key && !in_order(tree, node.key, last, high, !branch && i == 0)) {
        damage(number, &tree, "the key of entry " + std::to_string(i) + " is out of order");
        lose(tree, last, high);
        unread_.push_back(number);
        return;
      }
      if (has_key) last = node.key;
      if (!branch) {
        visit_entry(tree, number, node);
        continue;
      }
      std::string_view next = high;
      if (i + 1 < count) next = pages::node_at(page.get(), i + 1).key;
      const std::string_view from = i == 0 ? low : node.key;
      if (take(node.size_or_page, 1, number, tree)) {
        visit(tree, node.size_or_page, level + 1, from, next);
      } else {
        lose(tree, from, next);
      }
    }
  }

  static bool in_order(const Tree& tree, std::string_view key, std::string_view last,
                       std::string_view high, bool may_equal) {
    const bool numbers = tree.kind == Kind::kFree;
    if ((numbers || tree.kind == Kind::kDuplicates) && key.size() != 8) return false;
    if (!last.empty() && (may_equal ? before(tree, key, last) : !before(tree, last, key))) {
      return false;
    }
    return high.empty() || before(tree, key, high);
  }

  void visit_entry(Tree& tree, std::uint64_t number, const pages::Node& node) {
    if (tree.kind == Kind::kNames) {
      visit_name(tree, number, node);
      return;
    }
    if (tree.table == Table::kIndexDup) {
      visit_key_of_duplicates(tree, number, node);
      return;
    }
    ++tree.entries;
    ++report_.entries;
    if ((node.flags & ~pages::kBigData) != 0) {
      damage(number, &tree, "an entry has flags that this table has not");
      lose_key(tree, node.key);
      return;
    }
    std::string_view value(node.data, node.stored_bytes);
    std::string large;
    if ((node.flags & pages::kBigData) != 0) {
      const auto first = load_le<std::uint64_t>(node.data);
      std::uint64_t count =
          (kPageHeader + node.size_or_page + meta_.page_size - 1) / meta_.page_size;
      const bool read = options_.large_values || tree.kind == Kind::kFree;
      if (!take(first, count, number, tree) ||
          (read && !read_large(tree, first, node.size_or_page, count, large))) {
        lose_key(tree, node.key);
        return;
      }
      tree.overflow += count;
      report_.overflow_pages += count;
      if (!read) return;
      value = std::string_view(large).substr(kPageHeader);
    }
    if (tree.kind == Kind::kFree) {
      visit_free_pages(tree, number, node.key, value);
    } else {
      show(tree, number, node.key, value);
    }
  }

  /// `count` pages are known to be used; the header may tell of more.
  bool read_large(Tree& tree, std::uint64_t first, std::uint64_t size, std::uint64_t& count,
                  std::string& out) {
    out.resize(kPageHeader + size);
    if (!pages::read_at(file_, out.data(), out.size(), first * meta_.page_size)) {
      damage(first, &tree, "it cannot be read");
      return false;
    }
    const std::uint64_t run = load_le<std::uint32_t>(out.data() + 12);
    if (load_le<std::uint64_t>(out.data()) != first ||
        pages::page_flags(out.data()) != pages::kOverflow || run < count) {
      damage(first, &tree, "the header of a large value is wrong");
      return false;
    }
    if (run > count && !take(first + count, run - count, first, tree)) return false;
    count = run;
    return true;
  }

  void show(Tree& tree, std::uint64_t number, std::string_view key, std::string_view stored) {
    if (!tree.table) return;
    PageEntry entry;
    entry.table = tree.table;
    entry.table_name = tree.name;
    entry.key = as_bytes(key);
    entry.value = as_bytes(stored);
    if (const auto value = opened(*tree.table, entry.key, entry.value); !checksums_) {
      // The value is what stands there.
    } else if (value) {
      entry.value = *value;
    } else {
      entry.intact = false;
      if (stored.size() >= kSealBytes) entry.value = entry.value.first(stored.size() - kSealBytes);
      damage(number, &tree, "the checksum of the value of an entry is wrong");
      lose_key(tree, key);
    }
    if (visitor_) visitor_(entry);
  }

  void visit_name(Tree& tree, std::uint64_t number, const pages::Node& node) {
    ++tree.entries;
    Tree found;
    found.name = std::string(node.key);
    if (node.flags != pages::kSubTable || node.size_or_page != pages::kTableSize) {
      damage(number, &tree, "an entry is not the record of a table");
      return;
    }
    found.record = pages::tree_record(node.data);
    for (int i = 0; i < kTableCount; ++i) {
      const TableForm form = table_form(static_cast<Table>(i));
      if (found.name != form.name) continue;
      found.table = static_cast<Table>(i);
      // The log, which nothing wrote to before, had numbers for keys.
      const bool old_log = !checksums_ && found.table == Table::kLog &&
                           found.record.flags == MDB_INTEGERKEY && found.record.entries == 0;
      if (found.record.flags != form.flags && !old_log) {
        damage(number, &tree, "the record of table " + found.name + " has wrong flags");
        return;
      }
    }
    if (!found.table) {
      damage(number, &tree, "there is a table that no database has");
      return;
    }
    tables_.push_back(std::move(found));
  }

  void visit_free_pages(Tree& tree, std::uint64_t number, std::string_view key,
                        std::string_view list) {
    const auto transaction = load_le<std::uint64_t>(key.data());
    if (transaction == 0 || transaction > meta_.transaction) {
      damage(number, &tree,
             "pages were freed by transaction " + std::to_string(transaction) +
                 ", and the last one is " + std::to_string(meta_.transaction));
      return;
    }
    const std::uint64_t count = list.size() >= 8 ? load_le<std::uint64_t>(list.data()) : 0;
    if (list.size() % 8 != 0 || list.empty() || count > list.size() / 8 - 1) {
      damage(number, &tree, "the length of a list of free pages is wrong");
      return;
    }
    std::uint64_t last = kNoPage;
    for (std::uint64_t i = 1; i <= count; ++i) {
      const auto page = load_le<std::uint64_t>(list.data() + i * 8);
      if (page >= last) {
        damage(number, &tree, "a list of free pages is out of order");
        return;
      }
      last = page;
      if (page < 2 || page > meta_.last_page) {
        damage(number, &tree, "free page " + std::to_string(page) + " is beyond the last one");
        return;
      }
      ++report_.free_pages;
      if (page >= used_.size()) continue;  // freed before it was ever written
      if (used_[page]) {
        damage(number, &tree, "page " + std::to_string(page) + " is both used and free");
        return;
      }
      used_[page] = true;
    }
  }

  void visit_key_of_duplicates(Tree& tree, std::uint64_t number, const pages::Node& node) {
    if (node.flags == 0) {
      show_duplicate(tree, number, node.key, {node.data, node.stored_bytes});
      ++tree.entries;
      return;
    }
    Tree inner;
    inner.kind = Kind::kDuplicates;
    inner.name = tree.name;
    inner.key = node.key;
    inner.limited = tree.limited;
    if (node.flags == (pages::kDuplicates | pages::kSubTable) &&
        node.size_or_page == pages::kTableSize) {
      inner.record = pages::tree_record(node.data);
      if (inner.record.flags != MDB_DUPFIXED || inner.record.pad != 8) {
        damage(number, &tree, "the record of the duplicates of a key has wrong flags");
        return;
      }
      walk(inner);
      tree.damaged = tree.damaged || inner.damaged;
      tree.entries += inner.entries;
      return;
    }
    // A page within the page.
    const char* const page = node.data;
    const std::size_t room = node.stored_bytes;
    if (node.flags != pages::kDuplicates || room < kPageHeader ||
        (pages::page_flags(page) & ~pages::kDirty) !=
            (pages::kLeaf | pages::kLeafOfFixed | pages::kSubPage) ||
        load_le<std::uint16_t>(page + 8) != 8) {
      damage(number, &tree, "the duplicates of a key cannot be read");
      return;
    }
    const std::size_t lower = load_le<std::uint16_t>(page + 12);
    const std::size_t upper = load_le<std::uint16_t>(page + 14);
    const std::size_t count = lower < kPageHeader ? 0 : (lower - kPageHeader) / 2;
    // Each key takes 8 bytes from the free space, 2 of them counted in `lower`.
    if (count == 0 || lower % 2 != 0 || upper < lower || upper > room ||
        kPageHeader + count * 8 > room || upper - lower != room - kPageHeader - count * 8) {
      damage(number, &tree, "the duplicates of a key do not fit their page");
      return;
    }
    visit_duplicates(inner, number, page, count, {}, {});
    tree.damaged = tree.damaged || inner.damaged;
    tree.entries += inner.entries;
  }

  void visit_duplicates(Tree& tree, std::uint64_t number, const char* page, std::size_t count,
                        std::string_view low, std::string_view high) {
    std::string_view last = low;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string_view each = pages::fixed_key_at(page, i);
      if (!in_order(tree, each, last, high, i == 0)) {
        damage(number, &tree, "the duplicates of a key are out of order");
        return;
      }
      last = each;
      ++tree.entries;
      show_duplicate(tree, number, tree.key, each);
    }
  }

  void show_duplicate(Tree& tree, std::uint64_t number, std::string_view key,
                      std::string_view stored) {
    ++report_.entries;
    std::array<std::byte, 8> id{};
    PageEntry entry;
    entry.table = Table::kIndexDup;
    entry.table_name = tree.name;
    entry.key = as_bytes(key);
    entry.intact = !checksums_ || read_duplicate(entry.key, as_bytes(stored), id);
    entry.value = checksums_ ? ByteView(id) : as_bytes(stored);
    if (!entry.intact) damage(number, &tree, "the check of an entry is wrong");
    if (visitor_) visitor_(entry);
  }

  int file_;
  const pages::Meta meta_;
  const PageWalkOptions options_;
  const PageVisitor& visitor_;
  std::uint64_t pages_in_file_ = 0;
  std::uint64_t left_ = 0, left_always_ = 0;
  bool checksums_ = true;
  std::vector<bool> used_;
  std::vector<std::uint64_t> unread_;  // pages of trees that are no part of them
  std::vector<Tree> tables_;
  PageReport report_;
};

}  // namespace

PageReport walk_pages(int file, const pages::Meta& meta, const PageWalkOptions& options,
                      const PageVisitor& visitor) {
  return Walk(file, meta, options, visitor).run();
}

}  // namespace geode::storage
