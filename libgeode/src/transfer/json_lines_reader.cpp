#include "transfer/json_lines_reader.hpp"

#include <cstring>

#include <nlohmann/json.hpp>

#include <geode/error.hpp>
#include "base/utf8.hpp"

namespace geode::transfer {
namespace {

constexpr std::ptrdiff_t kMostLineBytes = std::ptrdiff_t{256} << 20;
constexpr std::size_t kMostNesting = 400;

/// Builds values as the parser meets them, without a document in between.
class ValueBuilder {
 public:
  using Json = nlohmann::json;

  bool null() { return add(Value()); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(Json::number_integer_t value) { return add(value); }
  bool number_unsigned(Json::number_unsigned_t value) {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) return add(static_cast<double>(value));
    return add(static_cast<std::int64_t>(value));
  }
  bool number_float(Json::number_float_t value, const Json::string_t&) { return add(value); }
  bool string(Json::string_t& value) { return add(value); }
  bool binary(Json::binary_t&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return open(true); }
  bool key(Json::string_t& name) {
    open_.back().name = name;
    return true;
  }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(false); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception& error) {
    failed_at = position;
    // "[json.exception.parse_error.101] parse error at line 1, column 4: <what>"
    message = error.what();
    if (const auto colon = message.find(": "); colon != std::string::npos) {
      message.erase(0, colon + 2);
    }
    return false;
  }

  Value result;
  std::size_t failed_at = 0;
  std::string message;

 private:
  struct Open {
    bool is_object = false;
    std::string name;
    Record record;
    List list;
  };

  bool open(bool is_object) {
    if (open_.size() == kMostNesting) {
      message = "lists and objects are nested too deep";
      return false;
    }
    open_.emplace_back().is_object = is_object;
    return true;
  }
  bool close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    return add(done.is_object ? Value(std::move(done.record)) : Value(std::move(done.list)));
  }
  bool add(Value value) {
    if (open_.empty()) {
      result = std::move(value);
      return true;
    }
    Open& in = open_.back();
    if (!in.is_object) {
      in.list.push_back(std::move(value));
      return true;
    }
    for (auto& [name, old] : in.record) {
      if (name == in.name) {
        old = std::move(value);
        return true;
      }
    }
    in.record.emplace_back(in.name, std::move(value));
    return true;
  }

  std::vector<Open> open_;
};

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

JsonLinesReader::JsonLinesReader(const std::string& path) : file_(path) { file_.fill(); }

void JsonLinesReader::rewind() {
  file_.rewind();
  file_.fill();
  line_ = 0;
}

bool JsonLinesReader::next_line() {
  for (;;) {
    const auto size = static_cast<std::size_t>(file_.end() - file_.begin());
    const void* feed = size == 0 ? nullptr : std::memchr(file_.begin(), '\n', size);
    if (feed != nullptr) {
      text_ = {file_.begin(),
               static_cast<std::size_t>(static_cast<const char*>(feed) - file_.begin())};
      file_.consume(text_.size() + 1);
      break;
    }
    if (file_.end() - file_.begin() > kMostLineBytes) {
      throw Error(status::kLimitExceeded, file_.path() + ":" + std::to_string(line_ + 1) +
                                              ": a line is longer than 256 MiB");
    }
    if (file_.fill()) continue;
    if (size == 0) return false;
    text_ = {file_.begin(), size};
    file_.consume(size);
    break;
  }
  if (++line_ == 1 && text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  return true;
}

RowStatus JsonLinesReader::next() {
  do {
    if (!next_line()) return RowStatus::kEnd;
  } while (blank(text_));
  problem_ = {line_, 1, {}, {}};
  const std::size_t valid = base::utf8_valid_prefix(text_);
  if (valid < text_.size()) {
    problem_.column = static_cast<std::uint32_t>(base::utf8_count(text_.substr(0, valid))) + 1;
    problem_.message = "the text is not UTF-8";
    return RowStatus::kBad;
  }
  ValueBuilder builder;
  if (!nlohmann::json::sax_parse(text_.begin(), text_.end(), &builder)) {
    const std::size_t at = builder.failed_at > 0 ? builder.failed_at - 1 : 0;
    problem_.column = static_cast<std::uint32_t>(base::utf8_count(text_.substr(0, at))) + 1;
    problem_.message = builder.message;
    if (line_ == 1 && text_.find_first_not_of(" \t") == text_.find('[')) {
      problem_.hint = "one object a line is expected, not a list of objects: jq -c '.[]' makes one";
    }
    return RowStatus::kBad;
  }
  if (builder.result.type() != ValueType::kRecord) {
    problem_.message = "expected an object, got " + std::string(type_name(builder.result.type()));
    if (line_ == 1 && builder.result.type() == ValueType::kList) {
      problem_.hint = "one object a line is expected, not a list of objects: jq -c '.[]' makes one";
    }
    return RowStatus::kBad;
  }
  object_ = builder.result.as_record();
  return RowStatus::kRow;
}

std::uint32_t JsonLinesReader::column_of(std::string_view member) const {
  const std::string quoted = "\"" + std::string(member) + "\"";
  std::size_t at = text_.find(quoted);
  if (at == std::string_view::npos) return 1;
  at = text_.find_first_not_of(" \t:", at + quoted.size());
  if (at == std::string_view::npos) return 1;
  return static_cast<std::uint32_t>(base::utf8_count(text_.substr(0, at))) + 1;
}

}  // namespace geode::transfer
