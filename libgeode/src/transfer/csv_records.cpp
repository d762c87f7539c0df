#include <memory>
#include <vector>

#include "base/ordered_jobs.hpp"
#include "file/csv_reader.hpp"
#include "transfer/file_parts.hpp"
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

  void infer(const std::vector<bool>& wanted, std::uint32_t threads,
             const std::function<void()>& poll) override {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (wanted[i] && !typed_[i]) open.push_back(i);
    }
    if (open.empty()) return;
    std::vector<TypeGuess> guesses(columns_.size());
    if (threads < 2 || !FileParts::fits(*this) || !guess_in_parts(open, threads, poll, guesses)) {
      guesses.assign(columns_.size(), TypeGuess());
      guess(open, poll, guesses);
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
  /// Looks at the rows up to the end of the file. False: some of them are bad.
  bool guess(const std::vector<std::size_t>& columns, const std::function<void()>& poll,
             std::vector<TypeGuess>& guesses) {
    bool good = true;
    for (std::uint64_t rows = 1;; ++rows) {
      const RowStatus status = reader_.next();
      if (status == RowStatus::kEnd) return good;
      if (poll && rows % kRowsBetweenPolls == 0) poll();
      if (status == RowStatus::kBad) {
        good = false;
        continue;
      }
      for (const std::size_t column : columns) {
        const CsvField& field = reader_.fields()[column];
        if (!field.text.empty() || field.quoted) guesses[column].observe(field.text);
      }
    }
  }

  /// False: some rows are bad, so that parts may begin within others.
  bool guess_in_parts(const std::vector<std::size_t>& columns, std::uint32_t threads,
                      const std::function<void()>& poll, std::vector<TypeGuess>& guesses) const {
    struct Seen {
      std::vector<TypeGuess> guesses;
      bool good = false;
    };
    const FileParts parts(*this);
    base::OrderedJobs<Seen> jobs(parts.count(), threads, 2 * threads, [&](std::uint64_t index) {
      auto seen = std::make_unique<Seen>();
      seen->guesses.resize(columns_.size());
      const FileParts::Part part = parts.open(index);
      seen->good = static_cast<CsvRecords&>(*part.reader).guess(columns, {}, seen->guesses);
      return seen;
    });
    while (const std::unique_ptr<Seen> seen = jobs.next()) {
      if (!seen->good) return false;
      for (const std::size_t column : columns) guesses[column].merge(seen->guesses[column]);
      if (poll) poll();
    }
    return true;
  }

  CsvReader reader_;
};

}  // namespace

std::unique_ptr<RecordReader> open_csv_records(const std::string& path, char delimiter) {
  return std::make_unique<CsvRecords>(path, delimiter);
}

}  // namespace geode::transfer
