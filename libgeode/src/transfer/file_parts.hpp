#pragma once

#include <cstdint>
#include <memory>

#include "transfer/record_reader.hpp"

namespace geode::transfer {

/// Divides the rows of a file that were not read yet into parts of about the same length, each the
/// lines that begin in a range of bytes.
///
/// That a part begins with a row is known once the one before has been read to its end without a
/// problem: a field in quotes that goes on in the next part is a quote that is never closed in the
/// part it begins in. So the parts behind one that has any problem are of no use.
class FileParts {
 public:
  /// Whether a file can be read so and is long enough.
  static bool fits(const RecordReader& reader);

  /// Of a reader that fits, which must stay.
  explicit FileParts(const RecordReader& reader);
  ~FileParts();
  FileParts(const FileParts&) = delete;
  FileParts& operator=(const FileParts&) = delete;

  std::uint64_t count() const { return count_; }
  struct Part {
    std::uint64_t begin = 0, end = 0;      ///< in the file
    std::unique_ptr<RecordReader> reader;  ///< its first line is line 1
  };
  /// Several threads may ask.
  Part open(std::uint64_t index) const;

 private:
  /// The first begin of a line at `offset` or behind it.
  std::uint64_t line_begin(std::uint64_t offset) const;

  const RecordReader& reader_;
  const std::uint64_t first_;
  std::uint64_t end_ = 0, count_ = 0;
  int file_ = -1;
};

}  // namespace geode::transfer
