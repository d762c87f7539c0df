#include "transfer/record_reader.hpp"

#include <algorithm>

#include <geode/error.hpp>

namespace geode::transfer {

std::unique_ptr<RecordReader> RecordReader::open(const std::string& path, char delimiter) {
  for (const std::string_view ending : {".jsonl", ".ndjson", ".json"}) {
    if (std::string_view(path).ends_with(ending)) return open_json_records(path);
  }
  return open_csv_records(path, delimiter);
}

std::unique_ptr<RecordReader> RecordReader::part(const Position&, std::uint64_t) const {
  throw Error(status::kInternal, path_ + ": cannot be read in parts");
}

std::size_t RecordReader::find_column(std::string_view name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  return found == columns_.end() ? SIZE_MAX : static_cast<std::size_t>(found - columns_.begin());
}

void RecordReader::set_type(std::size_t column, FieldType type) {
  types_[column] = type;
  typed_[column] = true;
}

void RecordReader::add_column(std::string name) {
  columns_.push_back(std::move(name));
  types_.push_back(FieldType::kString);
  typed_.push_back(false);
}

}  // namespace geode::transfer
