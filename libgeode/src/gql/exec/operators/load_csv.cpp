#include "gql/exec/operators/load_csv.hpp"

#include <utility>

namespace geode::gql::exec {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The path that `file:///a%20b.csv` or `/a b.csv` names.
std::string path_of(std::string_view source, Position position) {
  constexpr std::string_view kFile = "file://";
  if (source.substr(0, kFile.size()) != kFile) {
    if (source.find("://") == std::string_view::npos) return std::string(source);
    throw Error(status::kNotSupported, "LOAD CSV reads files, not " + std::string(source), position)
        .hint("write a path or file:///path");
  }
  source.remove_prefix(kFile.size());
  constexpr std::string_view kHere = "localhost/";
  if (source.substr(0, kHere.size()) == kHere) source.remove_prefix(kHere.size() - 1);
  std::string path;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const bool escape = source[i] == '%' && i + 2 < source.size() &&
                        hex_value(source[i + 1]) >= 0 && hex_value(source[i + 2]) >= 0;
    if (escape) {
      path += static_cast<char>(hex_value(source[i + 1]) * 16 + hex_value(source[i + 2]));
      i += 2;
    } else {
      path += source[i];
    }
  }
  return path;
}

/// A field that was left out is null; an empty text is written "".
Value value_of(const file::CsvField& field) {
  return field.text.empty() && !field.quoted ? Value() : Value(field.text);
}

}  // namespace

LoadCsvOperator::LoadCsvOperator(OperatorPtr input, ColumnSources sources, Evaluator source,
                                 bool headers, char separator, Columns columns)
    : out_(std::move(sources)),
      source_(std::move(source)),
      headers_(headers),
      separator_(separator),
      columns_(columns) {
  add_input(std::move(input));
}

void LoadCsvOperator::open(ExecutionContext& context) {
  Operator::open(context);
  source_.open(context);
  in_ = nullptr;
  position_ = 0;
  reader_.reset();
}

void LoadCsvOperator::open_file(std::uint32_t row) {
  const Position position = source_.expression().position;
  const Value source = source_.evaluate(*in_, {&row, 1}).get(row);
  if (source.type() != ValueType::kString) {
    throw Error(status::kInvalidValueType,
                "LOAD CSV needs the name of a file, not " + source.to_string(), position)
        .category("TypeError", "InvalidArgumentType");
  }
  path_ = path_of(source.as_string(), position);
  using Header = file::CsvReader::Header;
  try {
    reader_.emplace(path_, separator_, headers_ ? Header::kFirstRow : Header::kNone);
  } catch (Error& error) {
    error.set_position(position);
    throw;
  }
}

bool LoadCsvOperator::read_row() {
  switch (reader_->next()) {
    case file::RowStatus::kRow:
      return true;
    case file::RowStatus::kEnd:
      return false;
    case file::RowStatus::kBad:
      break;
  }
  const file::BadRow& problem = reader_->problem();
  throw Error(status::kDataException,
              path_ + ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column) +
                  ": " + problem.message,
              source_.expression().position)
      .hint(problem.hint);
}

Batch* LoadCsvOperator::next() {
  context_->interrupt->check();
  while (true) {
    if (!reader_ && (!in_ || position_ == in_->row_count())) {
      out_.release();
      in_ = input().pull();
      position_ = 0;
      if (!in_) return nullptr;
    }
    out_.begin();
    rows_.clear();
    lines_.clear();
    files_.clear();
    while (!out_.full()) {
      if (!reader_) {
        if (position_ == in_->row_count()) break;
        open_file(in_->rows()[position_++]);
      }
      if (!read_row()) {
        reader_.reset();
        continue;
      }
      out_.add(in_->rows()[position_ - 1]);
      if (columns_.row >= 0 && headers_) {
        Record record;
        for (std::size_t i = 0; i < reader_->columns().size(); ++i)
          record.emplace_back(reader_->columns()[i], value_of(reader_->fields()[i]));
        rows_.emplace_back(std::move(record));
      } else if (columns_.row >= 0) {
        List list;
        for (const file::CsvField& field : reader_->fields()) list.push_back(value_of(field));
        rows_.emplace_back(std::move(list));
      }
      if (columns_.line >= 0) lines_.emplace_back(static_cast<std::int64_t>(reader_->line()));
      if (columns_.file >= 0) files_.emplace_back(path_);
    }
    if (out_.size() == 0) continue;
    if (columns_.row >= 0) out_.column(columns_.row).assign(rows_);
    if (columns_.line >= 0) out_.column(columns_.line).assign(lines_);
    if (columns_.file >= 0) out_.column(columns_.file).assign(files_);
    return out_.finish(*in_);
  }
}

}  // namespace geode::gql::exec
