#include <memory>
#include <unistd.h>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/environment_impl.hpp"
#include "storage/format_version.hpp"
#include "storage/page_walk.hpp"
#include "storage/seal.hpp"

namespace geode::storage {

namespace {

/// The value of `key` in a tree whose keys are in the order of their bytes; none where it is not
/// there, is large, or the way to it is damaged.
std::optional<std::string> find(int file, const pages::Meta& meta, const pages::TreeRecord& tree,
                                std::string_view key) {
  if (tree.root == pages::kNoPage) return std::nullopt;
  const auto page = std::make_unique<char[]>(meta.page_size);
  std::uint64_t number = tree.root;
  for (std::uint16_t level = 1; level <= tree.depth; ++level) {
    if (number < 2 || number > meta.last_page ||
        !pages::read_at(file, page.get(), meta.page_size, number * meta.page_size) ||
        !pages::page_fault(page.get(), number, meta.page_size, false, false).empty()) {
      return std::nullopt;
    }
    const bool branch = pages::page_flags(page.get()) == pages::kBranch;
    const std::size_t count = pages::node_count(page.get());
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const pages::Node node = pages::node_at(page.get(), i);
      if (branch) {
        if (i > 0 && node.key > key) break;
        below = node.size_or_page;
      } else if (node.key == key) {
        if ((node.flags & pages::kBigData) != 0) return std::nullopt;
        return std::string(node.data, node.stored_bytes);
      }
    }
    if (!branch) return std::nullopt;
    number = below;
  }
  return std::nullopt;
}

std::optional<pages::Meta> meta_of(int file, std::uint64_t transaction) {
  const pages::MetaPair metas = pages::read_metas(file);
  for (const auto& meta : metas.metas) {
    if (meta && meta->transaction == transaction) return meta;
  }
  return std::nullopt;
}

/// The same for the trees of tables.
std::optional<std::string> find(int file, const pages::Meta& meta, Table table,
                                std::string_view key) {
  const auto record = find(file, meta, meta.names, table_form(table).name);
  if (!record || record->size() != pages::kTableSize) return std::nullopt;
  return find(file, meta, pages::tree_record(record->data()), key);
}

}  // namespace

std::optional<std::uint32_t> stored_format_version(int file, const pages::Meta& meta) {
  const auto stored = find(file, meta, Table::kCatalog, kVersionKey);
  if (!stored || stored->size() != sizeof(std::uint32_t)) return std::nullopt;
  return base::load_le<std::uint32_t>(stored->data());
}

std::optional<std::uint64_t> stamped_transaction(int file, const pages::Meta& meta) {
  const auto stored = find(file, meta, Table::kHot, kTransactionText);
  if (!stored) return std::nullopt;
  const auto value = opened(Table::kHot, as_bytes(kTransactionText), as_bytes(*stored));
  const auto mark = value ? read_mark(*value) : std::nullopt;
  if (!mark) return std::nullopt;
  return mark->transaction;
}

std::vector<PageDamage> meta_damages(int file) {
  const pages::MetaPair metas = pages::read_metas(file);
  std::vector<PageDamage> out;
  // Before version 7 the numbers of a copy did not follow each other, and states had no marks.
  const bool both = metas.metas[0] && metas.metas[1];
  if (both && stored_format_version(file, metas.newest()).value_or(kFormatVersion) < 7) return out;
  if (!metas.fault.empty()) {
    out.push_back({static_cast<std::uint64_t>(metas.faulty_page), "", "meta page: " + metas.fault});
    return out;
  }
  for (const auto& meta : metas.metas) {
    // The one that is not in use may name the same state as the other, in a copy or after a failed
    // write; never a later one.
    const bool newest = &*meta == &metas.newest();
    // LMDB's own copy without free pages begins again with transaction 1.
    if (meta->transaction <= 1) continue;
    const auto stamped = stamped_transaction(file, *meta);
    const bool right =
        newest ? stamped == meta->transaction : !stamped || *stamped <= metas.newest().transaction;
    if (right) continue;
    out.push_back({meta->transaction % 2, "",
                   "meta page: it has transaction " + std::to_string(meta->transaction) +
                       ", and the mark of the state that it names is " +
                       (stamped ? std::to_string(*stamped) : "missing")});
  }
  return out;
}

void mend_meta_pages(int file) noexcept {
  try {
    const pages::MetaPair metas = pages::read_metas(file);
    if (!metas.fault.empty()) return;
    const pages::Meta& newest = metas.newest();
    const std::uint64_t page = newest.transaction % 2, other = 1 - page;
    const auto stamped = stamped_transaction(file, *metas.metas[other]);
    if (!stamped || *stamped <= newest.transaction || newest.transaction == 0) return;
    // From the trees to the number of the transaction, which ends a meta page.
    constexpr std::uint64_t kTrees = 40;
    char bytes[pages::kMetaEnd - kTrees];
    if (!pages::read_at(file, bytes, sizeof bytes, page * newest.page_size + kTrees)) return;
    base::store_le(bytes + sizeof bytes - sizeof(std::uint64_t), newest.transaction - 1);
    const auto to = static_cast<off_t>(other * newest.page_size + kTrees);
    if (pwrite(file, bytes, sizeof bytes, to) == static_cast<ssize_t>(sizeof bytes)) {
      fdatasync(file);
    }
  } catch (const std::exception&) {
    // It is tried once; who opens the database next is told.
  }
}

PageReport walk_pages(int file, const PageWalkOptions& options, const PageVisitor& visitor) {
  const pages::MetaPair metas = pages::read_metas(file);
  PageReport out;
  if (metas.metas[0] || metas.metas[1]) out = walk_pages(file, metas.newest(), options, visitor);
  // A mark that cannot be read is the consequence of another damage.
  std::vector<PageDamage> of_metas = meta_damages(file);
  const auto place = metas.fault.empty() ? out.damages.end() : out.damages.begin();
  out.damages.insert(place, of_metas.begin(), of_metas.end());
  return out;
}

PageReport walk_pages(ReadTransaction& snapshot, const PageWalkOptions& options,
                      const PageVisitor& visitor) {
  constexpr int kAttempts = 1000;
  Environment::Impl& impl = snapshot.environment().impl();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    int file = -1;
    const Environment::Impl::Use use(impl);
    mdb_env_get_fd(use.env(), &file);
    // A compacted copy, which may have taken the place of the file, has later transactions only.
    if (const auto meta = meta_of(file, snapshot.id())) {
      return walk_pages(file, *meta, options, visitor);
    }
    snapshot.suspend();
    snapshot.resume();
  }
  throw Error(status::kDatabaseBusy,
              "database '" + impl.path + "' changes faster than it can be looked through");
}

}  // namespace geode::storage
