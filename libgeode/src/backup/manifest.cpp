#include "backup/manifest.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include <geode/error.hpp>
#include "backup/checksum.hpp"

namespace geode::backup {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "geode.backup/1";
constexpr std::size_t kIdDigits = 32, kLsnDigits = 20, kTimelineDigits = 16;
constexpr std::string_view kLogFront = "log/", kLogBack = ".gwal";
/// Beyond this no file system holds a file, and sums of sizes could overflow.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 60;
constexpr std::size_t kMostParts = 10000;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(status::kCorrupt, std::string(kHeaderName) + ": " + what);
}

bool all_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_hexadecimal(std::string_view text) { return all_of(text, "0123456789abcdef"); }

const Json& field(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) refuse("there is no `" + std::string(name) + "`");
  return *found;
}

std::string text_field(const Json& object, const char* name) {
  const Json& value = field(object, name);
  if (!value.is_string()) refuse("`" + std::string(name) + "` is not a string");
  auto text = value.get<std::string>();
  // Programs show these; what would move the cursor of a terminal is in none that was written.
  for (const char c : text) {
    if (c < ' ' || c > '~') refuse("`" + std::string(name) + "` has unexpected characters");
  }
  return text;
}

std::uint64_t number_field(const Json& object, const char* name) {
  const Json& value = field(object, name);
  if (!value.is_number_unsigned()) refuse("`" + std::string(name) + "` is not a whole number");
  return value.get<std::uint64_t>();
}

void expect_fields(const Json& object, std::initializer_list<std::string_view> names) {
  if (!object.is_object()) refuse("an object was expected");
  for (const auto& [name, value] : object.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      refuse("there is an unknown field");
    }
  }
}

std::int64_t read_time(const std::string& text) {
  std::tm parts{};
  const char* const end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  const std::int64_t seconds = end == nullptr ? -1 : timegm(&parts);
  if (seconds < 0 || time_text(seconds) != text) refuse("`" + text + "` is not a time");
  return seconds;
}

void read_parts(const Json& list, Header& header) {
  if (!list.is_array()) refuse("`parts` is not a list");
  if (list.size() > kMostParts) refuse("there are too many parts");
  std::set<std::string> names;
  for (const Json& item : list) {
    expect_fields(item, {"name", "size"});
    const Part part{text_field(item, "name"), number_field(item, "size"), {}};
    if (!is_part_name(part.name)) refuse("`" + part.name + "` is not the name of a part");
    if (!names.insert(part.name).second) refuse("`" + part.name + "` is listed twice");
    if (part.size > kMostBytes) refuse("`" + part.name + "` is too large");
    if (part.name == kDatabaseName) header.info.database_bytes = part.size;
    header.parts.push_back(part);
  }
}

BackupParent read_parent(const Json& json) {
  expect_fields(json, {"name", "checksum", "lsn", "timeline"});
  BackupParent parent{
      text_field(json, "name"), text_field(json, "checksum"), number_field(json, "lsn"), {}};
  constexpr std::string_view kFront = "sha256:";
  if (!parent.checksum.starts_with(kFront) ||
      parent.checksum.size() != kFront.size() + 2 * Sha256::kBytes ||
      !is_hexadecimal(parent.checksum.substr(kFront.size()))) {
    refuse("the checksum of its parent is not one");
  }
  if (json.contains("timeline")) parent.timeline = number_field(json, "timeline");
  return parent;
}

/// Compares the type with the parts, and finds the first record.
void check_type(Header& header) {
  BackupInfo& info = header.info;
  const bool has_database = !header.parts.empty() && header.parts.front().name == kDatabaseName;
  if ((info.type == "full") != has_database) {
    refuse(has_database ? "only a full backup begins with the database"
                        : "a full backup begins with the database");
  }
  if ((info.type == "incremental") != info.parent.has_value()) {
    refuse("an incremental backup, and no other, has a parent");
  }
  if (info.type == "full") return;
  for (const Part& part : header.parts) {
    if (part.name == kDatabaseName) refuse("only a full backup has a database");
  }
  if (info.parent) {
    if (info.parent->lsn > info.lsn) refuse("its parent is later than it is");
    info.first_lsn = info.parent->lsn + 1;
  } else if (!header.parts.empty()) {
    info.first_lsn = std::stoull(header.parts.front().name.substr(kLogFront.size(), kLsnDigits));
  }
}

}  // namespace

std::string log_part_name(std::uint64_t first_lsn, std::uint64_t last_lsn,
                          const std::string& timeline) {
  const auto padded = [](std::uint64_t lsn) {
    const std::string digits = std::to_string(lsn);
    return std::string(kLsnDigits - digits.size(), '0') + digits;
  };
  return std::string(kLogFront) + padded(first_lsn) + "-" + padded(last_lsn) + "-" + timeline +
         std::string(kLogBack);
}

bool is_part_name(std::string_view name) {
  if (name == kDatabaseName) return true;
  constexpr std::string_view kDigits = "0123456789";
  if (!name.starts_with(kLogFront) || !name.ends_with(kLogBack)) return false;
  name.remove_prefix(kLogFront.size());
  name.remove_suffix(kLogBack.size());
  const std::string_view first = name.substr(0, kLsnDigits);
  if (name.size() != 2 * kLsnDigits + kTimelineDigits + 2) return false;
  const std::string_view last = name.substr(kLsnDigits + 1, kLsnDigits);
  return name[kLsnDigits] == '-' && name[2 * kLsnDigits + 1] == '-' && all_of(first, kDigits) &&
         all_of(last, kDigits) && first <= last && last <= "18446744073709551615" &&
         is_hexadecimal(name.substr(2 * kLsnDigits + 2));
}

std::string time_text(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  char text[64];
  gmtime_r(&time, &parts);
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text;
}

std::string write_header(const Header& header) {
  const BackupInfo& info = header.info;
  Json json;
  json["schema"] = kSchema;
  json["type"] = info.type;
  json["database_id"] = info.database_id;
  json["lsn"] = info.lsn;
  json["transaction"] = info.transaction;
  if (info.timeline) json["timeline"] = *info.timeline;
  if (info.commit_time) json["commit_time"] = *info.commit_time;
  if (info.parent) {
    Json& parent = json["parent"];
    parent["name"] = info.parent->name;
    parent["checksum"] = info.parent->checksum;
    parent["lsn"] = info.parent->lsn;
    if (info.parent->timeline) parent["timeline"] = *info.parent->timeline;
  }
  json["format_version"] = info.format_version;
  json["geode_version"] = info.geode_version;
  json["created_at"] = time_text(info.created_at);
  json["parts"] = Json::array();
  for (const Part& part : header.parts) {
    json["parts"].push_back({{"name", part.name}, {"size", part.size}});
  }
  return json.dump(2) + "\n";
}

Header read_header(std::string_view text) {
  // Nothing in it nests deeper than this, so that a hostile one does not either.
  constexpr int kMostDepth = 3;
  const Json json = Json::parse(
      text,
      [](int depth, Json::parse_event_t, Json&) {
        if (depth > kMostDepth) refuse("it nests too deeply");
        return true;
      },
      /*allow_exceptions=*/false);
  if (json.is_discarded()) refuse("this is not JSON");
  expect_fields(json,
                {"schema", "type", "database_id", "lsn", "transaction", "timeline", "commit_time",
                 "parent", "format_version", "geode_version", "created_at", "parts"});
  if (const std::string schema = text_field(json, "schema"); schema != kSchema) {
    refuse("its schema is `" + schema + "`, not `" + std::string(kSchema) + "`");
  }
  Header header;
  BackupInfo& info = header.info;
  info.type = text_field(json, "type");
  if (info.type != "full" && info.type != "incremental" && info.type != "log") {
    refuse("its type is `" + info.type + "`, neither full nor incremental nor log");
  }
  info.database_id = text_field(json, "database_id");
  if (info.database_id.size() != kIdDigits || !is_hexadecimal(info.database_id)) {
    refuse("the database id is not 32 hexadecimal digits");
  }
  info.lsn = number_field(json, "lsn");
  info.transaction = number_field(json, "transaction");
  if (json.contains("timeline")) info.timeline = number_field(json, "timeline");
  if (json.contains("commit_time")) {
    const std::uint64_t time = number_field(json, "commit_time");
    if (time > kMostBytes) refuse("the commit time is out of range");
    info.commit_time = static_cast<std::int64_t>(time);
  }
  if (json.contains("parent")) info.parent = read_parent(json["parent"]);
  const std::uint64_t version = number_field(json, "format_version");
  if (version > UINT32_MAX) refuse("the format version is out of range");
  info.format_version = static_cast<std::uint32_t>(version);
  info.geode_version = text_field(json, "geode_version");
  info.created_at = read_time(text_field(json, "created_at"));
  read_parts(field(json, "parts"), header);
  check_type(header);
  return header;
}

std::string write_manifest(const std::vector<Part>& parts) {
  Json json;
  json["schema"] = "geode.backup-manifest/1";
  json["parts"] = Json::array();
  for (const Part& part : parts) {
    json["parts"].push_back({{"name", part.name}, {"size", part.size}, {"sha256", part.sha256}});
  }
  return json.dump(2) + "\n";
}

}  // namespace geode::backup
