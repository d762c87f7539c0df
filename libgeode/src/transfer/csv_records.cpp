#include "file/csv_reader.hpp"
#include "transfer/record_reader.hpp"

namespace geode::transfer {
namespace {

using file::CsvField;
using file::CsvReader;

constexpr std::uint64_t kRowsBetweenPolls = 4096;

class CsvRecords final : public RecordReader {
 public:
  CsvRecords(const std::string& path, char delimiter)
      : RecordReader(path), reader_(path, delimiter) {
    for (const std::string& name : reader_.columns()) add_column(name);
  }

  CsvRecords(const CsvRecords& whole, const Position& from, std::uint64_t end)
      : RecordReader(whole.path_),
        reader_(whole.path_, whole.reader_.delimiter(), whole.columns_, from.offset, end,
                from.line) {
    columns_ = whole.columns_;
    types_ = whole.types_;
    typed_ = whole.typed_;
  }

  std::optional<Position> position() const override {
    if (reader_.file().size() == 0) return std::nullopt;  // a pipe
    return Position{reader_.file().offset(), reader_.next_line()};
  }
  std::unique_ptr<RecordReader> part(const Position& from, std::uint64_t end) const override {
    return std::make_unique<CsvRecords>(*this, from, end);
  }

  bool must_infer() const override { return false; }

  void infer(const std::vector<bool>& wanted, const std::function<void()>& poll) override {
    std::vector<TypeGuess> guesses(columns_.size());
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (wanted[i] && !typed_[i]) open.push_back(i);
    }
    if (open.empty()) return;
    std::uint64_t rows = 0;
    for (;;) {
      const RowStatus status = reader_.next();
      if (status == RowStatus::kEnd) break;
      if (++rows % kRowsBetweenPolls == 0) poll();
      if (status == RowStatus::kBad) continue;
      for (const std::size_t column : open) {
        const CsvField& field = reader_.fields()[column];
        if (!field.text.empty() || field.quoted) guesses[column].observe(field.text);
      }
    }
    for (const std::size_t column : open) types_[column] = guesses[column].type();
    reader_.rewind();
  }

  RowStatus next() override { return reader_.next(); }
  const BadRow& problem() const override { return reader_.problem(); }

  bool read(std::size_t column, value::Vector& out, std::uint32_t row) override {
    const CsvField& field = reader_.fields()[column];
    if (field.text.empty() && !field.quoted) {
      store_null(out, row);
      return true;
    }
    return store_text(types_[column], field.text, out, row);
  }

  void read_key(std::size_t column, KeyField& out) override {
    const CsvField& field = reader_.fields()[column];
    out.is_null = field.text.empty() && !field.quoted;
    out.is_text = true;
    out.text = field.text;
  }

  std::string shown(std::size_t column) const override {
    return std::string(reader_.fields()[column].text);
  }
  BadRow place(std::size_t column) const override { return reader_.place(column); }
  std::uint64_t bytes_read() const override { return reader_.file().bytes_read(); }

 private:
  CsvReader reader_;
};

}  // namespace

std::unique_ptr<RecordReader> open_csv_records(const std::string& path, char delimiter) {
  return std::make_unique<CsvRecords>(path, delimiter);
}

}  // namespace geode::transfer
