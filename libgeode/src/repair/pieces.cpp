#include "repair/pieces.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <map>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "catalog/definition_codec.hpp"
#include "graph/chunk/adjacency_chunk.hpp"
#include "graph/keys.hpp"
#include "storage/format_version.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/open_file.hpp"
#include "storage/open_lock.hpp"
#include "storage/seal.hpp"

namespace geode::repair {

namespace {

/// What a transaction of the tables to be filled keeps in memory.
constexpr std::uint64_t kBytesOfCommit = std::uint64_t{64} << 20;

/// As an entry of the catalog is read; what is wrong with it is thrown.
void check_entry(ByteView key, ByteView value) {
  const auto kind = static_cast<std::uint8_t>(key[0]);
  const auto require = [](bool holds) {
    if (!holds) throw Error(status::kCorrupt, "it makes no sense");
  };
  if (kind <= 0x14) require(key.size() == 5);
  switch (kind) {
    case 0x10:
      return require(value.size() >= 4);
    case 0x11:
      return require(value.size() >= 6 && (static_cast<std::uint8_t>(value[4]) & 0x7f) <= 12 &&
                     static_cast<std::uint8_t>(value[5]) <= 12);
    case 0x12:
      return;
    case 0x13:
      return require(value.size() >= 4 && value.size() % 4 == 0);
    case 0x14:
      catalog::decode_index(value);
      return;
    case 0x15:
      catalog::decode_constraint(value);
      return;
    case 0x16:
      return require(value.size() == 8);
    case 0x17:
      require(key.size() == 5);
      catalog::decode_graph(catalog::kHomeGraph, value);
      return;
    case 0x18:
      return;
    case 0x19:
      catalog::decode_graph_type(value);
      return;
    default:
      require(false);
  }
}

/// The entry of a number that nobody has any more: of a dropped graph, without a name.
std::string dropped(std::uint8_t kind) {
  if (kind == 0x12) return {};
  std::string out;
  base::append_le(out, static_cast<std::uint32_t>(catalog::kNoGraph));
  if (kind == 0x11) out.append(2, static_cast<char>(graph::kMinimumChunkShift));
  return out;
}

const char* noun_of(std::uint8_t kind) {
  static constexpr const char* kNouns[] = {"label", "edge label", "property key", "label set"};
  return kNouns[kind - 0x10];
}

}  // namespace

void Losses::add(std::string where, std::string what) {
  if (report_.losses.size() >= options_.maximum_losses) {
    ++report_.more_losses;
  } else {
    report_.losses.push_back({std::move(where), std::move(what)});
  }
}

void Losses::add_error(const std::string& where, const Error& error) {
  const std::string& code = error.gqlstatus();
  if (code == status::kCancelled || code == status::kMemoryLimit || code == status::kDiskFull ||
      code == status::kIo) {
    throw error;
  }
  add(where, error.message());
}

void Losses::progress(const char* part, std::uint64_t done, std::uint64_t total) const {
  if (options_.progress && !options_.progress({part, done, total})) {
    throw Error(status::kCancelled, "the work was stopped; nothing was saved");
  }
}

Pieces::Pieces(const std::string& path, const storage::ScratchFolder& folder, Losses& losses) {
  const storage::File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.descriptor < 0) storage::throw_system(errno, "cannot read", path);
  if (const std::string holder = storage::OpenLock::holder(file.descriptor); !holder.empty()) {
    throw Error(status::kDatabaseBusy, "database '" + path + "' is open" + holder)
        .hint("end what has it open first, so that nobody writes it meanwhile");
  }
  struct stat info {};
  if (::fstat(file.descriptor, &info) == 0) {
    file_bytes_ = static_cast<std::uint64_t>(info.st_size);
  }
  environment_ =
      storage::Environment::open(folder.file("pieces.geode"), {.sync = storage::SyncMode::kOff});
  read(file.descriptor, path, losses);
  mend_catalog(losses);
  txn_ = storage::ReadTransaction::begin(environment_);
}

bool Pieces::undirected(catalog::EdgeLabelId label) const {
  std::string key(1, '\x11');
  base::append_be(key, static_cast<std::uint32_t>(label));
  const auto value = txn_->get(Table::kCatalog, storage::as_bytes(key));
  return value && value->size() >= 6 && (static_cast<std::uint8_t>((*value)[4]) & 0x80) != 0;
}

void Pieces::read(int file, const std::string& path, Losses& losses) {
  auto txn = storage::WriteTransaction::begin(environment_);
  std::uint64_t bytes = 0, total = 0;
  // Leaves of another time may hold the same key; of these none can be believed.
  std::map<std::pair<Table, std::string>, bool> found_keys;
  pages_ = storage::salvage_pages(file, path, [&](const storage::PageEntry& entry, bool found) {
    // What every database has of its own is the storage layer's.
    const bool own =
        entry.table == Table::kCatalog && (entry.key.empty() || entry.key[0] > std::byte{0x1f});
    const bool stamp =
        entry.table == Table::kHot && storage::as_text(entry.key) == storage::kTransactionText;
    if (own || stamp) return true;
    if (!found) {
      txn->put(*entry.table, entry.key, entry.value);
    } else if (!txn->put_new(*entry.table, entry.key, entry.value)) {
      const auto known = found_keys.find({*entry.table, std::string(storage::as_text(entry.key))});
      if (known == found_keys.end()) return false;
      const auto there = txn->get(*entry.table, entry.key);
      if (there && storage::as_text(*there) != storage::as_text(entry.value)) known->second = false;
      return false;
    } else {
      found_keys[{*entry.table, std::string(storage::as_text(entry.key))}] = true;
    }
    bytes += entry.key.size() + entry.value.size();
    total += entry.key.size() + entry.value.size();
    if (bytes > kBytesOfCommit) {
      txn->commit();
      txn = storage::WriteTransaction::begin(environment_);
      bytes = 0;
    }
    losses.progress("pages", std::min(total, file_bytes_), file_bytes_);
    return true;
  });
  for (const auto& [where, agreed] : found_keys) {
    if (!agreed) txn->erase(where.first, storage::as_bytes(where.second));
  }
  txn->commit();
  SalvageReport& report = losses.report();
  report.format_version = pages_.format_version;
  report.transaction = pages_.report.transaction;
  report.older_state = pages_.older_state;
  report.damages = pages_.report.damages.size() + pages_.report.more_damages;
  report.found_pages = pages_.found_leaves;
  if (pages_.older_state) {
    losses.add("the last commit", "what it changed may be missing: the state before it was saved");
  }
  for (const storage::PageDamage& damage : pages_.report.damages) {
    losses.add("page " + std::to_string(damage.page) +
                   (damage.table.empty() ? "" : " of table " + damage.table),
               damage.what);
  }
}

void Pieces::mend_catalog(Losses& losses) {
  const auto txn = storage::WriteTransaction::begin(environment_);
  std::vector<std::string> bad;
  std::uint32_t next[4] = {};
  std::vector<std::string> missing;
  {
    storage::Cursor cursor = txn->cursor(Table::kCatalog);
    constexpr std::byte kFirst{0x10};
    for (bool more = cursor.seek({&kFirst, 1}); more && cursor.key()[0] <= std::byte{0x1f};
         more = cursor.next()) {
      const auto kind = static_cast<std::uint8_t>(cursor.key()[0]);
      const std::string key(storage::as_text(cursor.key()));
      if (!losses.guard("an entry of the catalog",
                        [&] { check_entry(cursor.key(), cursor.value()); })) {
        bad.push_back(key);
      } else if (kind <= 0x13) {
        const std::uint32_t number = graph::keys::u32_at(cursor.key(), 1);
        // More numbers than entries of so many bytes were never given.
        if (number > file_bytes_) {
          bad.push_back(key);
          continue;
        }
        for (std::uint32_t& at = next[kind - 0x10]; at < number; ++at) {
          losses.add(std::string(noun_of(kind)) + " number " + std::to_string(at),
                     "its entry in the catalog is lost");
          std::string gap(1, static_cast<char>(kind));
          base::append_be(gap, at);
          missing.push_back(std::move(gap));
        }
        next[kind - 0x10] = number + 1;
      }
    }
  }
  for (const std::string& key : bad) {
    const auto kind = static_cast<std::uint8_t>(key[0]);
    const bool numbered = kind <= 0x13 && key.size() == 5;
    if (!numbered) {
      txn->erase(Table::kCatalog, storage::as_bytes(key));
    } else {
      txn->put(Table::kCatalog, storage::as_bytes(key), storage::as_bytes(dropped(kind)));
    }
  }
  for (const std::string& key : missing) {
    txn->put(Table::kCatalog, storage::as_bytes(key),
             storage::as_bytes(dropped(static_cast<std::uint8_t>(key[0]))));
  }
  // A label set names labels that there are.
  std::vector<std::string> unknown;
  {
    storage::Cursor cursor = txn->cursor(Table::kCatalog);
    constexpr std::byte kShape{0x13};
    for (bool more = cursor.seek({&kShape, 1}); more && cursor.has_prefix({&kShape, 1});
         more = cursor.next()) {
      const ByteView value = cursor.value();
      for (std::size_t at = 4; at + 4 <= value.size(); at += 4) {
        if (base::load_le<std::uint32_t>(value.data() + at) < next[0]) continue;
        unknown.emplace_back(storage::as_text(cursor.key()));
        losses.add("label set number " + std::to_string(graph::keys::u32_at(cursor.key(), 1)),
                   "the entry of one of its labels is lost");
        break;
      }
    }
  }
  for (const std::string& key : unknown) {
    txn->put(Table::kCatalog, storage::as_bytes(key), storage::as_bytes(dropped(0x13)));
  }
  txn->commit();
}

}  // namespace geode::repair
