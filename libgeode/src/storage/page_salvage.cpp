#include "storage/page_salvage.hpp"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/format_version.hpp"
#include "storage/seal.hpp"
#include "storage/upgrade.hpp"

namespace geode::storage {

namespace {

using base::load_le;
using pages::Meta;

/// Tables that are saved; the others are made anew, or hold no data.
constexpr std::array kSaved = {Table::kBase, Table::kHot, Table::kCatalog};

bool names_readable(int file, const Meta& meta) {
  return stored_format_version(file, meta).has_value();
}

/// The state to be saved, and whether there was a later one.
std::pair<Meta, bool> choose_state(int file, const std::string& path) {
  const pages::MetaPair metas = pages::read_metas(file);
  std::vector<Meta> all;
  for (const auto& meta : metas.metas) {
    if (meta) all.push_back(*meta);
  }
  if (all.empty()) {
    throw Error(status::kCannotOpen, "'" + path +
                                         "' is no Geode database, or neither of its two "
                                         "meta pages can be read: " +
                                         metas.fault)
        .hint("nothing says where its data begins; restore a backup");
  }
  std::sort(all.begin(), all.end(),
            [](const Meta& a, const Meta& b) { return a.transaction > b.transaction; });
  // A number that was changed puts an old state first: the state itself says which it is.
  const auto believable = [&](const Meta& meta) {
    const auto stamped = stamped_transaction(file, meta);
    return names_readable(file, meta) && (!stamped || *stamped == meta.transaction);
  };
  for (const Meta& meta : all) {
    if (believable(meta)) return {meta, &meta != &all.front() || all.size() == 1};
  }
  for (const Meta& meta : all) {
    if (names_readable(file, meta)) return {meta, true};
  }
  return {all.front(), false};
}

/// Looks at pages that nothing leads to.
class LeafSearch {
 public:
  LeafSearch(int file, const Meta& meta, SalvagedPages& found, const SalvageVisitor& visitor)
      : file_(file), meta_(meta), found_(found), visitor_(visitor), page_(meta.page_size, '\0') {}

  void run() {
    const auto& accounted = found_.report.accounted;
    for (std::uint64_t number = 2; number < accounted.size(); ++number) {
      if (!accounted[number]) look_at(number);
    }
  }

 private:
  void look_at(std::uint64_t number) {
    if (!pages::read_at(file_, page_.data(), page_.size(), number * page_.size()) ||
        !pages::page_fault(page_.data(), number, meta_.page_size, false, false).empty() ||
        pages::page_flags(page_.data()) != pages::kLeaf) {
      return;
    }
    bool any = false;
    for (std::size_t i = 0; i < pages::node_count(page_.data()); ++i) {
      const pages::Node node = pages::node_at(page_.data(), i);
      if ((node.flags & ~pages::kBigData) == 0 && take(node)) any = true;
    }
    if (any) ++found_.found_leaves;
  }

  bool take(const pages::Node& node) {
    std::string_view stored(node.data, node.stored_bytes);
    if ((node.flags & pages::kBigData) != 0) {
      if (!read_large(load_le<std::uint64_t>(node.data), node.size_or_page)) return false;
      stored = std::string_view(large_).substr(pages::kPageHeader);
    }
    PageEntry entry;
    entry.key = as_bytes(node.key);
    for (const Table table : kSaved) {
      // What has no checksum cannot be told to belong to a table.
      if (!is_sealed(table, entry.key) || !found_.may_miss(table, entry.key)) continue;
      const auto value = opened(table, entry.key, as_bytes(stored));
      if (!value) continue;
      entry.table = table;
      entry.table_name = table_form(table).name;
      entry.value = *value;
      return visitor_(entry, true);
    }
    return false;
  }

  bool read_large(std::uint64_t first, std::uint64_t size) {
    const std::uint64_t count = (pages::kPageHeader + size + page_.size() - 1) / page_.size();
    const auto& accounted = found_.report.accounted;
    if (first < 2 || first >= accounted.size() || count > accounted.size() - first) return false;
    for (std::uint64_t i = first; i < first + count; ++i) {
      if (accounted[i]) return false;
    }
    large_.resize(pages::kPageHeader + size);
    return pages::read_at(file_, large_.data(), large_.size(), first * page_.size()) &&
           load_le<std::uint64_t>(large_.data()) == first &&
           pages::page_flags(large_.data()) == pages::kOverflow;
  }

  int file_;
  const Meta& meta_;
  SalvagedPages& found_;
  const SalvageVisitor& visitor_;
  std::string page_, large_;
};

/// Sorted, and those that touch each other made one.
std::vector<LostKeys> in_order(std::vector<LostKeys> lost) {
  std::sort(lost.begin(), lost.end(), [](const LostKeys& a, const LostKeys& b) {
    return std::tie(a.table, a.low) < std::tie(b.table, b.low);
  });
  std::vector<LostKeys> out;
  for (LostKeys& each : lost) {
    if (!out.empty() && out.back().table == each.table &&
        (out.back().high.empty() || out.back().high >= each.low)) {
      std::string& high = out.back().high;
      if (!high.empty() && (each.high.empty() || each.high > high)) high = std::move(each.high);
    } else {
      out.push_back(std::move(each));
    }
  }
  return out;
}

}  // namespace

bool SalvagedPages::may_miss(Table table, ByteView key) const {
  const std::string_view text = as_text(key);
  return std::any_of(lost.begin(), lost.end(), [&](const LostKeys& each) {
    return each.table == table && each.low <= text && (each.high.empty() || text < each.high);
  });
}

bool SalvagedPages::may_miss(Table table, ByteView first, ByteView end) const {
  const std::string_view from = as_text(first), to = as_text(end);
  return std::any_of(lost.begin(), lost.end(), [&](const LostKeys& each) {
    return each.table == table && each.low < to && (each.high.empty() || from < each.high);
  });
}

SalvagedPages salvage_pages(int file, const std::string& path, const SalvageVisitor& visitor) {
  const auto [meta, older] = choose_state(file, path);
  SalvagedPages out;
  out.older_state = older;
  out.format_version = stored_format_version(file, meta).value_or(0);
  std::array<std::uint64_t, kTableCount> taken{};
  std::string room;
  const SalvageVisitor counted = [&](const PageEntry& entry, bool found) {
    PageEntry present = entry;
    present.value = present_form(entry, out.format_version, room);
    if (!visitor(present, found)) return false;
    ++taken[static_cast<std::size_t>(*entry.table)];
    return true;
  };
  out.report = walk_pages(file, meta, {}, [&](const PageEntry& entry) {
    const bool saved =
        entry.table && std::find(kSaved.begin(), kSaved.end(), *entry.table) != kSaved.end();
    if (saved && entry.intact) counted(entry, false);
  });
  // A meta page that is damaged is no page of a tree.
  for (PageDamage& damage : meta_damages(file)) {
    out.report.damages.insert(out.report.damages.begin(), std::move(damage));
  }
  out.lost = in_order(out.report.lost);
  // Without the list of free pages, what is old cannot be told from what is lost.
  if (!out.lost.empty() && out.report.free_pages_whole) LeafSearch(file, meta, out, counted).run();
  std::erase_if(out.lost, [&](const LostKeys& each) {
    const auto number = static_cast<std::size_t>(each.table);
    return out.report.entries_said[number] == taken[number];
  });
  return out;
}

}  // namespace geode::storage
