#include "graph/log/segment.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "base/crc32c.hpp"
#include "graph/log/change_log.hpp"
#include "storage/lmdb_error.hpp"

namespace geode::graph {
namespace {

constexpr std::string_view kMagic = "GEODEWAL";
constexpr std::string_view kEnd = "GEODEEND";
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kIdBytes = 32;
constexpr std::size_t kFixedBytes = 8 + 4 + 4 + kIdBytes + 4 * 8;
constexpr std::size_t kTrailerBytes = 8 + 8 + 4;
constexpr std::uint32_t kMostTimelineBytes = 1 << 20;
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;

[[noreturn]] void cannot_write(const std::string& path) {
  storage::throw_io(errno, "cannot write", path);
}

std::string encode_header(const SegmentHeader& header) {
  const std::string timelines = encode_timelines(header.timelines);
  std::string out(kMagic);
  base::append_le(out, kFormat);
  base::append_le(out, static_cast<std::uint32_t>(timelines.size()));
  out += header.database_id;
  base::append_le(out, header.first_lsn);
  base::append_le(out, header.last_lsn);
  base::append_le(out, header.first_time);
  base::append_le(out, header.last_time);
  out += timelines;
  base::append_le(out, base::crc32c(storage::as_bytes(out)));
  return out;
}

/// A file that has its name only once it is whole. Bytes gather and are written a megabyte at a
/// time.
class NewFile {
 public:
  explicit NewFile(std::string folder) : folder_(std::move(folder)) {
    temporary_ = folder_ + "/.segment-XXXXXX";
    file_ = storage::File(mkostemp(temporary_.data(), O_CLOEXEC));
    if (file_.descriptor < 0) {
      const std::string path = std::exchange(temporary_, {});
      cannot_write(path);
    }
  }
  ~NewFile() {
    if (!temporary_.empty()) unlink(temporary_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void add(std::string_view bytes) {
    gathered_ += bytes;
    if (gathered_.size() >= kWriteBytes) write_out();
  }
  std::uint64_t size() const { return written_ + gathered_.size(); }
  std::uint32_t checksum() {
    write_out();
    return checksum_;
  }
  void take_name(const std::string& path) {
    write_out();
    if (fsync(file_.descriptor) != 0) cannot_write(temporary_);
    if (rename(temporary_.c_str(), path.c_str()) != 0) cannot_write(path);
    temporary_.clear();
    const storage::File folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.descriptor < 0 || fsync(folder.descriptor) != 0) cannot_write(folder_);
  }

 private:
  void write_out() {
    checksum_ = base::crc32c(storage::as_bytes(gathered_), checksum_);
    const char* at = gathered_.data();
    for (std::size_t left = gathered_.size(); left > 0;) {
      const ssize_t n = write(file_.descriptor, at, left);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) cannot_write(temporary_);
      at += n;
      left -= static_cast<std::size_t>(n);
    }
    written_ += gathered_.size();
    gathered_.clear();
  }

  std::string folder_, temporary_;
  storage::File file_;
  std::string gathered_;
  std::uint64_t written_ = 0;
  std::uint32_t checksum_ = 0;
};

/// What a segment that begins with `first_lsn` will hold.
SegmentHeader survey(const storage::Transaction& txn, std::uint64_t first_lsn,
                     std::uint64_t most_bytes) {
  SegmentHeader out;
  out.database_id = txn.environment().database_id();
  std::uint64_t bytes = 0;
  LogCursor cursor(txn, first_lsn);
  while (cursor.next()) {
    const LogPartHeader& part = cursor.part().header;
    if (out.first_lsn == 0 && part.lsn != first_lsn) {
      throw Error(status::kCorrupt, "record " + std::to_string(first_lsn) +
                                        " of the change log is not there; the next one is " +
                                        std::to_string(part.lsn));
    }
    bytes += cursor.bytes().size();
    if (!part.last()) {
      if (out.first_lsn == 0) out.first_lsn = part.lsn;
      continue;
    }
    if (out.last_lsn == 0) out.first_time = part.commit_time;
    out.first_lsn = first_lsn;
    out.last_lsn = part.lsn;
    out.last_time = part.commit_time;
    if (bytes >= most_bytes) break;
  }
  for (const Timeline& timeline : read_timelines(txn)) {
    if (timeline.first_lsn <= out.last_lsn) out.timelines.push_back(timeline);
  }
  return out;
}

/// Has `add_records(file)` put the records between header and trailer.
template <class AddRecords>
WrittenSegment write_file(const SegmentHeader& header, const std::string& folder,
                          const AddRecords& add_records) {
  NewFile file(folder);
  file.add(encode_header(header));
  add_records(file);
  std::string trailer(kEnd);
  base::append_le(trailer, header.last_lsn - header.first_lsn + 1);
  base::append_le(trailer, base::crc32c(storage::as_bytes(trailer), file.checksum()));
  file.add(trailer);
  WrittenSegment out{header, folder + "/" + header.file_name(), file.size()};
  file.take_name(out.path);
  return out;
}

/// A segment that is to be made of records of others.
struct Piece {
  SegmentHeader header;
  std::vector<Stretch> stretches;
  std::uint64_t bytes = 0;

  bool goes_on_with(const Segment& segment, std::uint64_t lsn) const {
    return lsn == header.last_lsn + 1 && segment.header().timeline() == header.timeline();
  }
  void begin(const Segment& segment, std::uint64_t lsn) {
    *this = {};
    header = segment.header();
    header.first_lsn = lsn;
    header.first_time = segment.record(lsn).commit_time;
  }
  void add(const Segment& segment, std::uint64_t lsn) {
    header.last_lsn = lsn;
    header.last_time = segment.record(lsn).commit_time;
    bytes += segment.bytes_of(lsn);
    if (stretches.empty() || stretches.back().segment != &segment) {
      stretches.push_back({&segment, lsn, lsn});
    }
    stretches.back().last = lsn;
  }
};

}  // namespace

std::string SegmentHeader::file_name() const {
  const auto padded = [](std::uint64_t lsn) {
    const std::string digits = std::to_string(lsn);
    return std::string(digits.size() < 12 ? 12 - digits.size() : 0, '0') + digits;
  };
  return padded(first_lsn) + "-" + padded(last_lsn) + "-" + timeline_name(timeline()) + ".gwal";
}

WrittenSegment write_segment(const storage::Transaction& txn, std::uint64_t first_lsn,
                             const std::string& folder, std::uint64_t most_bytes) {
  const SegmentHeader header = survey(txn, first_lsn, most_bytes);
  if (header.last_lsn == 0) return {};
  if (header.timelines.empty()) {
    throw Error(status::kCorrupt, "the change log of the database is of no timeline");
  }
  return write_file(header, folder, [&](NewFile& file) {
    LogCursor cursor(txn, first_lsn);
    while (cursor.next() && cursor.part().header.lsn <= header.last_lsn) {
      file.add(storage::as_text(cursor.bytes()));
    }
  });
}

std::vector<WrittenSegment> join_segments(std::span<const Stretch> stretches,
                                          const std::string& folder, std::uint64_t most_bytes) {
  std::vector<Piece> pieces;
  for (const auto& [segment, first, last] : stretches) {
    for (std::uint64_t lsn = first; lsn <= last; ++lsn) {
      if (pieces.empty() || pieces.back().bytes >= most_bytes ||
          !pieces.back().goes_on_with(*segment, lsn)) {
        pieces.emplace_back().begin(*segment, lsn);
      }
      pieces.back().add(*segment, lsn);
    }
  }
  std::vector<WrittenSegment> out;
  for (const Piece& piece : pieces) {
    out.push_back(write_file(piece.header, folder, [&](NewFile& file) {
      for (const auto& [segment, first, last] : piece.stretches) {
        segment->each_block(first, last, [&](std::string_view block) { file.add(block); });
        segment->rest();
      }
    }));
  }
  return out;
}

Segment::Segment(storage::File file, std::string name)
    : file_(std::move(file)), name_(std::move(name)) {
  scan();
}

Segment Segment::open(const std::string& path) {
  Segment out(path);
  out.scan();
  out.rest();
  return out;
}

void Segment::rest() const {
  if (!path_.empty()) file_ = storage::File();
}

void Segment::be_open() const {
  if (file_.descriptor >= 0) return;
  file_ = storage::File(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file_.descriptor < 0) {
    throw Error(status::kIo, "cannot open '" + path_ + "': " + std::strerror(errno));
  }
}

void Segment::damaged(const std::string& what) const {
  throw Error(status::kCorrupt, "'" + name_ + "' is damaged: " + what);
}

void Segment::read(std::uint64_t offset, char* to, std::size_t size) const {
  be_open();
  while (size > 0) {
    const ssize_t n = pread(file_.descriptor, to, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error(status::kIo, "cannot read '" + name_ + "': " + std::strerror(errno));
    if (n == 0) damaged("it is cut off");
    to += n;
    offset += static_cast<std::uint64_t>(n);
    size -= static_cast<std::size_t>(n);
  }
}

LogPart Segment::part_at(std::uint64_t& offset, std::string& buffer) const {
  char size_bytes[4];
  read(offset, size_bytes, 4);
  const auto size = base::load_le<std::uint32_t>(size_bytes);
  if (size < LogPartHeader::kBytes || size > size_ - kTrailerBytes - offset) {
    damaged("a record of wrong size at byte " + std::to_string(offset));
  }
  buffer.resize(size);
  read(offset, buffer.data(), size);
  offset += size;
  try {
    return decode_log_part(storage::as_bytes(buffer));
  } catch (const Error& error) {
    damaged(error.message() + " at byte " + std::to_string(offset - size));
  }
}

void Segment::scan() {
  be_open();
  struct stat info {};
  if (fstat(file_.descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    throw Error(status::kCorrupt, "'" + name_ + "' is not a file of a change log");
  }
  size_ = static_cast<std::uint64_t>(info.st_size);
  if (size_ < kFixedBytes + 4 + kTrailerBytes) damaged("it is cut off");
  std::string head(kFixedBytes, '\0');
  read(0, head.data(), head.size());
  if (!head.starts_with(kMagic)) {
    throw Error(status::kCorrupt, "'" + name_ + "' is not a file of a change log");
  }
  const auto format = base::load_le<std::uint32_t>(head.data() + 8);
  const auto timeline_bytes = base::load_le<std::uint32_t>(head.data() + 12);
  const std::size_t header_bytes = kFixedBytes + timeline_bytes + 4;
  if (timeline_bytes > kMostTimelineBytes || size_ < header_bytes + kTrailerBytes) {
    damaged("its header is wrong");
  }
  head.resize(header_bytes);
  read(kFixedBytes, head.data() + kFixedBytes, header_bytes - kFixedBytes);
  const storage::ByteView bytes = storage::as_bytes(head);
  if (base::load_le<std::uint32_t>(head.data() + header_bytes - 4) !=
      base::crc32c(bytes.first(header_bytes - 4))) {
    damaged("wrong checksum of its header");
  }
  if (format != kFormat) {
    throw Error(status::kCannotOpen, "'" + name_ + "' has format " + std::to_string(format) +
                                         "; this library reads format " + std::to_string(kFormat));
  }
  header_.database_id = head.substr(16, kIdBytes);
  header_.first_lsn = base::load_le<std::uint64_t>(head.data() + 48);
  header_.last_lsn = base::load_le<std::uint64_t>(head.data() + 56);
  header_.first_time = base::load_le<std::int64_t>(head.data() + 64);
  header_.last_time = base::load_le<std::int64_t>(head.data() + 72);
  header_.timelines = decode_timelines(bytes.subspan(kFixedBytes, timeline_bytes));
  if (header_.timelines.empty() || header_.first_lsn == 0 || header_.last_lsn < header_.first_lsn ||
      header_.timelines.back().first_lsn > header_.first_lsn) {
    damaged("its header is wrong");
  }

  std::uint32_t checksum = base::crc32c(bytes);
  std::string buffer;
  std::uint64_t offset = header_bytes;
  for (std::uint64_t lsn = header_.first_lsn; lsn <= header_.last_lsn; ++lsn) {
    Record record{lsn, 0, offset, false};
    for (std::uint32_t number = 0;; ++number) {
      const LogPart part = part_at(offset, buffer);
      checksum = base::crc32c(storage::as_bytes(buffer), checksum);
      if (part.header.lsn != lsn || part.header.part != number) {
        damaged("record " + std::to_string(lsn) + " is not where it should be");
      }
      record.commit_time = part.header.commit_time;
      record.loads = part.header.loads();
      if (part.header.last()) break;
    }
    if (!records_.empty() && record.commit_time <= records_.back().commit_time) {
      damaged("record " + std::to_string(lsn) + " is earlier than the one before");
    }
    records_.push_back(record);
  }
  records_end_ = offset;
  std::string trailer(kTrailerBytes, '\0');
  if (size_ - offset != kTrailerBytes) damaged("something stands behind its records");
  read(offset, trailer.data(), trailer.size());
  const storage::ByteView end = storage::as_bytes(trailer);
  if (!trailer.starts_with(kEnd) ||
      base::load_le<std::uint64_t>(trailer.data() + 8) != records_.size() ||
      base::load_le<std::uint32_t>(trailer.data() + 16) !=
          base::crc32c(end.first(kTrailerBytes - 4), checksum) ||
      records_.front().commit_time != header_.first_time ||
      records_.back().commit_time != header_.last_time) {
    damaged("its end is wrong");
  }
}

}  // namespace geode::graph
