#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <geode/salvage.hpp>
#include "catalog/catalog.hpp"
#include "storage/page_salvage.hpp"
#include "storage/scratch_folder.hpp"
#include "storage/transaction.hpp"

namespace geode::repair {

using storage::ByteView;
using storage::Table;

/// Tells of losses, and of progress.
class Losses {
 public:
  Losses(const SalvageOptions& options, SalvageReport& report)
      : options_(options), report_(report) {}
  void add(std::string where, std::string what);
  /// Throws Error 57X01 when the caller wants no more.
  void progress(const char* part, std::uint64_t done, std::uint64_t total) const;
  /// Calls `read`; damage that it throws is a loss there, and false the result.
  template <class Read>
  bool guard(const std::string& where, Read read);
  const SalvageOptions& options() const { return options_; }
  SalvageReport& report() { return report_; }

 private:
  void add_error(const std::string& where, const Error& error);
  const SalvageOptions& options_;
  SalvageReport& report_;
};

/// Every entry of a damaged file that could be read, put together to tables that can be asked as
/// those of any database. What an entry says is not yet believed.
class Pieces {
 public:
  Pieces(const std::string& path, const storage::ScratchFolder& folder, Losses& losses);

  const storage::Transaction& txn() const { return *txn_; }
  /// Whether there may have been an entry of this key, which was not read.
  bool may_miss(Table table, ByteView key) const {
    return !pages_.lost.empty() && pages_.may_miss(table, key);
  }
  bool may_miss(Table table, ByteView first, ByteView end) const {
    return !pages_.lost.empty() && pages_.may_miss(table, first, end);
  }
  /// Whether the edges of the label have no direction, also where the name of the directed ones is
  /// lost.
  bool undirected(catalog::EdgeLabelId label) const;
  std::uint64_t file_bytes() const { return file_bytes_; }

 private:
  void read(int file, const std::string& path, Losses& losses);
  /// Entries of the catalog that make no sense go, and numbers that are missing get an entry of
  /// what was dropped, so that the catalog can be loaded.
  void mend_catalog(Losses& losses);

  std::shared_ptr<storage::Environment> environment_;
  std::unique_ptr<storage::ReadTransaction> txn_;
  storage::SalvagedPages pages_;
  std::uint64_t file_bytes_ = 0;
};

template <class Read>
bool Losses::guard(const std::string& where, Read read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    add_error(where, error);
    return false;
  }
}

}  // namespace geode::repair
