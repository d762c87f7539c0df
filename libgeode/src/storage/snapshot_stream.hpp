#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/transaction.hpp"

struct MDB_txn;

namespace geode::storage {

/// The newest snapshot as the bytes of a database file, in one pass from front to back, while
/// writers of any process go on.
///
/// What comes is the file as of that snapshot: page by page, with two meta pages that both name it
/// (transaction n on page n & 1 and, as a writer that stopped right after it would have left
/// behind, n - 1 on the other), and free pages as zeros: others may be writing to these. The
/// snapshot is held as long as the stream is, so that no page of it is written again. One thread at
/// a time.
class SnapshotStream {
 public:
  explicit SnapshotStream(std::shared_ptr<Environment> environment);
  ~SnapshotStream();
  SnapshotStream(const SnapshotStream&) = delete;
  SnapshotStream& operator=(const SnapshotStream&) = delete;

  /// How many bytes read() gives in all.
  std::uint64_t bytes() const { return (last_page_ + 1) * page_bytes_; }
  /// Those of them that are zeros because their pages are free.
  std::uint64_t free_bytes() const { return free_pages_ * page_bytes_; }
  /// The same snapshot, for who looks into its tables.
  const ReadTransaction& transaction() const { return *transaction_; }
  std::uint64_t transaction_id() const { return transaction_id_; }

  /// Fills `out`, which has room for kBlockBytes, from the front; 0 at the end. Throws Error 58X01
  /// when the file cannot be read.
  std::size_t read(std::span<char> out);
  static constexpr std::size_t kBlockBytes = std::size_t{256} << 10;

 private:
  bool take_snapshot();
  void note_free_pages();
  std::string meta_page(std::uint64_t page) const;
  void end() noexcept;

  std::shared_ptr<Environment> environment_;
  Reader* reader_ = nullptr;
  std::unique_ptr<ReadTransaction> transaction_;
  std::string meta_;  // as LMDB wrote it: header and meta, nothing behind
  std::uint64_t transaction_id_ = 0;
  std::uint64_t page_bytes_ = 0;
  std::uint64_t last_page_ = 0;
  std::uint64_t next_page_ = 0;
  std::uint64_t free_pages_ = 0;
  std::vector<bool> free_;
};

}  // namespace geode::storage
