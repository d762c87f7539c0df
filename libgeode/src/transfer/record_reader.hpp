#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <geode/value.hpp>
#include "file/bad_row.hpp"
#include "transfer/field_type.hpp"

namespace geode::transfer {

using file::BadRow;
using file::RowStatus;

/// A field that names a node: a text, whose type is open, or a value that brings its type.
struct KeyField {
  bool is_null = true;
  bool is_text = false;
  std::string_view text;  ///< until the next row
  Value value;
};

/// The rows of a file of nodes or edges, whatever its format.
class RecordReader {
 public:
  /// By the ending of the name: JSON Lines (.jsonl, .ndjson, .json), else CSV. `delimiter` is
  /// CSV's; 0: found out.
  static std::unique_ptr<RecordReader> open(const std::string& path, char delimiter);
  virtual ~RecordReader() = default;

  const std::string& path() const { return path_; }
  /// Of a JSON file complete only after infer().
  const std::vector<std::string>& columns() const { return columns_; }
  /// SIZE_MAX when there is none.
  std::size_t find_column(std::string_view name) const;

  /// Reads the whole file once and chooses a type for each column from `first` on that has none
  /// yet, then goes back to the begin. Bad rows are left out. With more `threads` than one, several
  /// read a large file.
  virtual void infer(const std::vector<bool>& wanted, std::uint32_t threads,
                     const std::function<void()>& poll) = 0;
  /// True when infer() is needed even if no column's type is wanted.
  virtual bool must_infer() const = 0;
  void set_type(std::size_t column, FieldType type);
  FieldType type(std::size_t column) const { return types_[column]; }

  virtual RowStatus next() = 0;
  virtual const BadRow& problem() const = 0;
  /// Entry `row` of `out` = the field of the present row; an empty unquoted field of CSV is null.
  /// False: it is not of the column's type.
  virtual bool read(std::size_t column, value::Vector& out, std::uint32_t row) = 0;
  virtual void read_key(std::size_t column, KeyField& out) = 0;
  /// The field as messages show it.
  virtual std::string shown(std::size_t column) const = 0;
  virtual BadRow place(std::size_t column) const = 0;
  virtual std::uint64_t bytes_read() const = 0;

  /// Where the rows begin that were not read yet, and the line of the first one.
  struct Position {
    std::uint64_t offset = 0, line = 0;
  };
  /// Nothing for files that cannot be read in parts.
  virtual std::optional<Position> position() const { return std::nullopt; }
  /// A reader of the rows in a part of the file, with the same columns and types: from the begin of
  /// a row to that of another one or to the end of the file. For files that have a position().
  virtual std::unique_ptr<RecordReader> part(const Position& from, std::uint64_t end) const;

 protected:
  explicit RecordReader(std::string path) : path_(std::move(path)) {}
  void add_column(std::string name);

  std::string path_;
  std::vector<std::string> columns_;
  std::vector<FieldType> types_;
  std::vector<bool> typed_;  // by set_type()
};

std::unique_ptr<RecordReader> open_csv_records(const std::string& path, char delimiter);
std::unique_ptr<RecordReader> open_json_records(const std::string& path);

}  // namespace geode::transfer
