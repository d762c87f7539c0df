#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/log/log_record.hpp"
#include "graph/log/timeline.hpp"
#include "storage/open_file.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {

/// A run of records of the change log of one database and timeline, as a file outside of it
/// (`.gwal`).
///
/// Bytes: "GEODEWAL", format u32 (1), size u32 of the timelines, database id (32 bytes), first and
/// last LSN u64, times of their commits i64, the timelines of the database up to that of the
/// records, crc32c u32 of all before; the parts of the records; "GEODEEND", count of records u64,
/// crc32c u32 of all before.
struct SegmentHeader {
  std::string database_id;
  std::uint64_t first_lsn = 0, last_lsn = 0;
  std::int64_t first_time = 0, last_time = 0;
  Timelines timelines;

  std::uint64_t timeline() const { return timelines.back().id; }
  /// `FIRST-LAST-TIMELINE.gwal`, so that names sort by LSN.
  std::string file_name() const;
};

/// Writes the records from `first_lsn` on that `txn` sees, up to the last one or until about
/// `most_bytes` are written, into a new file in `folder`: under its own name once it is whole and
/// on disk. No records: an empty name. Throws Error 58X02 where records are missing.
struct WrittenSegment {
  SegmentHeader header;
  std::string path;
  std::uint64_t bytes = 0;
};
WrittenSegment write_segment(const storage::Transaction& txn, std::uint64_t first_lsn,
                             const std::string& folder, std::uint64_t most_bytes);

/// A segment that was read through once: every byte of it is what was written. One that has a name
/// is open only while it is read, as there may be many.
class Segment {
 public:
  struct Record {
    std::uint64_t lsn = 0;
    std::int64_t commit_time = 0;
    std::uint64_t offset = 0;  ///< of its first part in the file
    bool loads = false;        ///< LogPartHeader::kLoads
  };

  /// A file without a name; `name` is what errors call it. Throws Error 58X02 when it is no
  /// segment, or damaged.
  Segment(storage::File file, std::string name);
  static Segment open(const std::string& path);

  const std::string& name() const { return name_; }
  const SegmentHeader& header() const { return header_; }
  std::uint64_t bytes() const { return size_; }
  const std::vector<Record>& records() const { return records_; }
  bool has(std::uint64_t lsn) const { return lsn >= header_.first_lsn && lsn <= header_.last_lsn; }
  const Record& record(std::uint64_t lsn) const { return records_[lsn - header_.first_lsn]; }
  /// Of all its parts.
  std::uint64_t bytes_of(std::uint64_t lsn) const {
    return (has(lsn + 1) ? record(lsn + 1).offset : records_end_) - record(lsn).offset;
  }
  /// Calls take(text) for the bytes of these records, a part of them at a time.
  template <class Take>
  void each_block(std::uint64_t first, std::uint64_t last, Take take) const {
    constexpr std::uint64_t kBlockBytes = std::uint64_t{1} << 20;
    const std::uint64_t end = record(last).offset + bytes_of(last);
    std::string block;
    for (std::uint64_t offset = record(first).offset; offset < end; offset += block.size()) {
      block.resize(static_cast<std::size_t>(std::min(end - offset, kBlockBytes)));
      read(offset, block.data(), block.size());
      take(std::string_view(block));
    }
  }
  /// Calls take(part) for each part of a record. The bytes live until it returns.
  template <class Take>
  void each_part(std::uint64_t lsn, Take take) const {
    std::string buffer;
    for (std::uint64_t offset = record(lsn).offset;;) {
      const LogPart part = part_at(offset, buffer);
      take(part);
      if (part.header.last()) return;
    }
  }
  /// Closes the file until it is read again.
  void rest() const;

 private:
  explicit Segment(const std::string& path) : name_(path), path_(path) {}
  /// Reads a part, and goes on behind it.
  LogPart part_at(std::uint64_t& offset, std::string& buffer) const;
  void be_open() const;
  void read(std::uint64_t offset, char* to, std::size_t size) const;
  [[noreturn]] void damaged(const std::string& what) const;
  void scan();

  mutable storage::File file_;
  std::string name_, path_;  // the path is empty when the file has no name
  std::uint64_t size_ = 0;
  SegmentHeader header_;
  std::vector<Record> records_;
  std::uint64_t records_end_ = 0;
};

/// A run of records of one segment.
struct Stretch {
  const Segment* segment = nullptr;
  std::uint64_t first = 0, last = 0;
};

/// Writes the records of `stretches` into as few new segments in `folder` as follow one another, of
/// about `most_bytes` each.
std::vector<WrittenSegment> join_segments(std::span<const Stretch> stretches,
                                          const std::string& folder, std::uint64_t most_bytes);

}  // namespace geode::graph
