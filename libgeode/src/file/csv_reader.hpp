#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "file/bad_row.hpp"
#include "file/input_file.hpp"

namespace geode::file {

/// A field of a row: in the reader's buffer, or unescaped elsewhere, until the next row is read.
struct CsvField {
  std::string_view text;
  /// Where it begins in the file's buffer (at the quote when it is quoted), for its column.
  const char* begin = nullptr;
  bool quoted = false;
};

/// Rows of a CSV file (RFC 4180): fields in quotes may hold delimiters, line breaks and doubled
/// quotes; lines end with LF or CR LF; a byte order mark is skipped; empty lines are no rows. The
/// first row names the columns, unless the reader is told otherwise. Text must be UTF-8.
///
/// A quote inside of a field that does not begin with one is an ordinary character.
class CsvReader {
 public:
  enum class Header : std::uint8_t { kFirstRow, kNone };
  /// `delimiter` 0: found out from the first lines. Throws Error 22000 when there is no usable
  /// header.
  CsvReader(const std::string& path, char delimiter = 0, Header header = Header::kFirstRow);

  /// Rows of a part of a file that begins and ends at the begin of a row; `first_line` is the line
  /// of the first one.
  CsvReader(const std::string& path, char delimiter, std::vector<std::string> columns,
            std::uint64_t begin, std::uint64_t end, std::uint64_t first_line);

  /// Empty without a header: then a row may have any number of fields.
  const std::vector<std::string>& columns() const { return columns_; }
  char delimiter() const { return delimiter_; }
  const InputFile& file() const { return file_; }

  /// Reads the next row. kBad: it is skipped, and problem() tells why.
  RowStatus next();
  std::span<const CsvField> fields() const { return {fields_.data(), field_count_}; }
  /// Line on which the next row begins.
  std::uint64_t next_line() const { return line_; }
  /// Line on which the row begins.
  std::uint64_t line() const { return row_line_; }
  /// Line and column of a field.
  BadRow place(std::size_t field) const;
  const BadRow& problem() const { return problem_; }
  /// Back to the first row behind the header.
  void rewind();

 private:
  /// Finds delimiters and line feeds, 64 bytes at a time, from row to row.
  class Finder {
   public:
    /// To be called when the buffer has moved or grown. The 63 bytes from `end` on are zeros.
    void reset(const char* begin, const char* end, char delimiter) {
      end_ = end;
      delimiter_ = delimiter;
      move_to(begin);
    }
    void move_to(const char* at) {
      block_ = at;
      load();
    }
    void begin_row() { high_ = block_high_; }
    /// The next delimiter or line feed; the end of the buffer when there is none.
    const char* next() {
      while (hits_ == 0) {
        if (block_ >= end_) return end_;
        block_ += 64;
        load();
      }
      const char* const at = block_ + __builtin_ctzll(hits_);
      hits_ &= hits_ - 1;
      return at;
    }
    /// False when there may be bytes beyond ASCII in what was passed since begin_row().
    bool ascii() const { return high_ == 0; }

   private:
    void load();
    const char* end_ = nullptr;
    const char* block_ = nullptr;
    std::uint64_t hits_ = 0, block_high_ = 0, high_ = 0;
    char delimiter_ = 0;
  };
  enum class Scan : std::uint8_t { kRow, kEmptyLine, kMore, kOpenQuote };
  RowStatus next_row();
  Scan scan_row();
  /// Reads on; false at the end of the file.
  bool fill();
  CsvField& add_field(const char* begin) {
    if (field_count_ == fields_.size()) fields_.emplace_back();
    CsvField& field = fields_[field_count_++];
    field.begin = begin;
    field.quoted = false;
    return field;
  }
  void sniff_delimiter();
  void read_header();
  RowStatus bad(std::uint64_t line, std::uint32_t column, std::string message,
                std::string hint = {});

  InputFile file_;
  char delimiter_;
  const Header header_;
  std::vector<std::string> columns_;
  std::vector<CsvField> fields_;  // the first field_count_ are of the present row
  std::size_t field_count_ = 0;
  Finder finder_;
  std::vector<std::string> unescaped_;  // texts of quoted fields with doubled quotes
  std::size_t unescaped_count_ = 0;
  std::uint64_t line_ = 1;  // of the next row
  std::uint64_t row_line_ = 1;
  const char* row_begin_ = nullptr;
  const char* row_end_ = nullptr;  // behind the line feed
  std::uint64_t row_line_feeds_ = 0;
  bool row_is_ascii_ = true;
  bool text_behind_quote_ = false;
  BadRow problem_;
};

}  // namespace geode::file
