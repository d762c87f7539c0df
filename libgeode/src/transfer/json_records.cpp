#include <unordered_map>

#include "transfer/json_lines_reader.hpp"
#include "transfer/record_reader.hpp"

namespace geode::transfer {
namespace {

constexpr std::uint64_t kRowsBetweenPolls = 1024;

/// The type of a column whose values have the types in `seen`.
FieldType common_type(std::uint32_t seen) {
  const auto bit = [](ValueType type) { return 1u << static_cast<unsigned>(type); };
  if (seen == bit(ValueType::kInt64)) return FieldType::kInteger;
  if ((seen & ~(bit(ValueType::kInt64) | bit(ValueType::kFloat64))) == 0 && seen != 0) {
    return FieldType::kFloat;
  }
  if (seen == bit(ValueType::kBool)) return FieldType::kBoolean;
  if (seen == bit(ValueType::kString)) return FieldType::kString;
  return FieldType::kAny;
}

class JsonRecords final : public RecordReader {
 public:
  explicit JsonRecords(const std::string& path) : RecordReader(path), reader_(path) {
    // The first object names the columns that are sure to be there.
    while (reader_.next() == RowStatus::kBad) {
    }
    find_columns();
    reader_.rewind();
  }

  bool must_infer() const override { return true; }

  void infer(const std::vector<bool>&, std::uint32_t, const std::function<void()>& poll) override {
    std::vector<std::uint32_t> seen;
    std::uint64_t rows = 0;
    for (;;) {
      const RowStatus status = reader_.next();
      if (status == RowStatus::kEnd) break;
      if (++rows % kRowsBetweenPolls == 0) poll();
      if (status == RowStatus::kBad) continue;
      find_columns();
      seen.resize(columns_.size(), 0);
      for (const auto& [name, value] : reader_.object()) {
        if (!value.is_null()) seen[places_.at(name)] |= 1u << static_cast<unsigned>(value.type());
      }
    }
    seen.resize(columns_.size(), 0);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!typed_[i]) types_[i] = common_type(seen[i]);
    }
    reader_.rewind();
  }

  RowStatus next() override {
    const RowStatus status = reader_.next();
    if (status != RowStatus::kRow) return status;
    fields_.assign(columns_.size(), nullptr);
    for (const auto& [name, value] : reader_.object()) {
      const auto found = places_.find(name);
      if (found != places_.end()) fields_[found->second] = &value;
    }
    return status;
  }
  const BadRow& problem() const override { return reader_.problem(); }

  bool read(std::size_t column, value::Vector& out, std::uint32_t row) override {
    const Value* field = fields_[column];
    if (field == nullptr) {
      store_null(out, row);
      return true;
    }
    return store_value(types_[column], *field, out, row);
  }

  void read_key(std::size_t column, KeyField& out) override {
    const Value* field = fields_[column];
    out.is_null = field == nullptr || field->is_null();
    if (out.is_null) return;
    out.is_text = field->type() == ValueType::kString;
    if (out.is_text) {
      out.text = field->as_string();
    } else {
      out.value = *field;
    }
  }

  std::string shown(std::size_t column) const override {
    const Value* field = fields_[column];
    if (field == nullptr) return "null";
    return field->type() == ValueType::kString ? std::string(field->as_string())
                                               : field->to_string();
  }
  BadRow place(std::size_t column) const override {
    return {reader_.line(), reader_.column_of(columns_[column]), {}, {}};
  }
  std::uint64_t bytes_read() const override { return reader_.file().bytes_read(); }

 private:
  void find_columns() {
    for (const auto& [name, value] : reader_.object()) {
      if (places_.try_emplace(name, columns_.size()).second) add_column(name);
    }
  }

  JsonLinesReader reader_;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<const Value*> fields_;  // of the present row, by column
};

}  // namespace

std::unique_ptr<RecordReader> open_json_records(const std::string& path) {
  return std::make_unique<JsonRecords>(path);
}

}  // namespace geode::transfer
