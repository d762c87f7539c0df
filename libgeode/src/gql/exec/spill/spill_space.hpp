#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/memory_budget.hpp"
#include "base/temporary_file.hpp"

namespace geode::gql::exec {

/// Where a statement puts rows that it does not want to hold in memory: temporary files without a
/// name, which go with the operators that write them.
class SpillSpace {
 public:
  struct Settings {
    std::string directory;
    std::uint64_t limit_bytes = 0;      ///< of all files of the statement
    std::uint64_t threshold_bytes = 0;  ///< an operator that holds more writes; 0: by the memory
  };
  /// `memory` is the budget of the statement.
  explicit SpillSpace(const base::MemoryBudget& memory) : memory_(memory) {}
  /// For the next run; `settings` outlive it. Files of the last run may still be there.
  void begin(const Settings& settings);

  /// Whether an operator whose rows take `bytes` should write them: they are more than its part of
  /// the memory, or memory is getting short.
  bool wants(std::uint64_t bytes) const {
    if (bytes == 0) return false;
    if (bytes > threshold_bytes_) return true;
    return bytes > least_bytes_ && memory_.used_bytes() > short_bytes_;
  }
  /// What reading back may take in memory, all buffers together.
  std::uint64_t read_bytes() const { return read_bytes_; }
  /// In all files that are there.
  std::uint64_t used_bytes() const { return used_bytes_; }
  /// In all files of the run, so far.
  std::uint64_t written_bytes() const { return written_bytes_; }

 private:
  friend class SpillFile;

  const base::MemoryBudget& memory_;
  const Settings* settings_ = nullptr;
  std::uint64_t threshold_bytes_ = 0, least_bytes_ = 0, short_bytes_ = 0, read_bytes_ = 0;
  std::uint64_t used_bytes_ = 0, written_bytes_ = 0;
};

/// One temporary file of a statement; the bytes in it count against the limit of the space while it
/// is there.
class SpillFile {
 public:
  explicit SpillFile(SpillSpace& space);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  std::uint64_t size() const { return file_.size(); }
  /// Throws 53X02 when the space or the device is full.
  void append(const std::string& bytes);
  /// Makes `out` the `count` bytes at `offset`.
  void read(std::uint64_t offset, std::size_t count, std::string& out) const;

 private:
  SpillSpace& space_;
  base::TemporaryFile file_;
};

}  // namespace geode::gql::exec
