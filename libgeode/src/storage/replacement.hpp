#pragma once

#include <cstdint>

#include "storage/compact_copy.hpp"
#include "storage/environment_impl.hpp"

namespace geode::storage {

/// A compacted copy of an environment's file, open beside it, that is to take its place. The writer
/// lock must be held as long as it lives. Destroyed before it has taken the place, it leaves
/// everything as it was.
class Replacement {
 public:
  /// Throws Error 08X02 when another process has the file open.
  static void expect_alone(const Environment::Impl& impl);
  /// Whether the file could be replaced at present.
  static bool possible(const Environment::Impl& impl) noexcept;

  /// `lazy`: what is committed to the copy is on disk only once it takes the place.
  explicit Replacement(Environment::Impl& impl, bool lazy = false);
  ~Replacement();
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  /// Of the copy.
  MDB_env* env() const { return map_->env; }
  std::uint64_t file_bytes() const;

  /// From here on others that open the file wait. False when another process has it open, or it
  /// lost its name.
  bool try_alone();
  /// Waits for that. Throws Error 08X02 after `timeout_ms`, negative: never.
  void become_alone(std::int64_t timeout_ms);
  /// Has what was written to the copy on disk, and gives it the name of the file.
  void take_place();

 private:
  /// A commit of its own gives the copy, whose transaction has another number than the one that was
  /// copied, the mark of its number.
  void stamp() const;

  Environment::Impl& impl_;
  CompactCopy copy_;
  Map* map_ = nullptr;         // null once it is the environment's
  const unsigned lazy_flags_;  // of LMDB
  bool exclusive_ = false;
};

}  // namespace geode::storage
