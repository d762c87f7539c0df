#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <geode/value.hpp>
#include "file/bad_row.hpp"
#include "file/input_file.hpp"

namespace geode::transfer {

using file::BadRow;
using file::InputFile;
using file::RowStatus;

/// Objects of a JSON Lines file, one a line. Lists and objects inside of them become lists and
/// records, integers INTEGER, other numbers FLOAT. Empty lines are no objects.
class JsonLinesReader {
 public:
  explicit JsonLinesReader(const std::string& path);

  const InputFile& file() const { return file_; }
  RowStatus next();
  /// The members of the present object; of a name that is there twice, the last one counts.
  const Record& object() const { return object_; }
  std::uint64_t line() const { return line_; }
  /// Column of the member's value in its line; 1 when it cannot be told.
  std::uint32_t column_of(std::string_view member) const;
  const BadRow& problem() const { return problem_; }
  void rewind();

 private:
  bool next_line();

  InputFile file_;
  std::string_view text_;  // of the present line
  Record object_;
  std::uint64_t line_ = 0;
  BadRow problem_;
};

}  // namespace geode::transfer
