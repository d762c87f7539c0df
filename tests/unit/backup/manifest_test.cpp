#include "backup/manifest.hpp"

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "backup/tar_header.hpp"

using namespace geode;
using namespace geode::backup;

namespace {

Header a_header() {
  Header header;
  header.info.type = "full";
  header.info.database_id = std::string(32, 'a');
  header.info.lsn = 7;
  header.info.transaction = 12;
  header.info.format_version = 6;
  header.info.geode_version = "0.1.3";
  header.info.created_at = 1700000000;
  header.parts = {{"database.geode", 8192, {}},
                  {"log/00000000000000000001-00000000000000000007-0123456789abcdef.gwal", 100, {}}};
  return header;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& text) {
  try {
    read_header(text);
  } catch (const Error& error) {
    CHECK(error.gqlstatus() == status::kCorrupt);
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("the header of a backup comes back as it was written", "[backup]") {
  Header header = a_header();
  header.info.timeline = 3;
  header.info.commit_time = 1700000000123456;
  const std::string text = write_header(header);
  const Header again = read_header(text);
  CHECK(write_header(again) == text);
  CHECK(again.info.lsn == 7);
  CHECK(again.info.timeline == 3u);
  CHECK(again.info.commit_time == 1700000000123456);
  CHECK(again.info.created_at == 1700000000);
  CHECK(again.info.database_bytes == 8192);
  REQUIRE(again.parts.size() == 2);
  CHECK(again.parts[1].size == 100);
}

TEST_CASE("a header that no backup has is refused", "[backup]") {
  const std::string text = write_header(a_header());
  CHECK(refusal("") == "geode-backup.json: this is not JSON");
  CHECK(refusal("[]") == "geode-backup.json: an object was expected");
  CHECK(refusal(std::string(1 << 20, '[')) != "");
  CHECK(refusal(replaced(text, "geode.backup/1", "geode.backup/2")) ==
        "geode-backup.json: its schema is `geode.backup/2`, not `geode.backup/1`");
  CHECK(refusal(replaced(text, "\"full\"", "\"half\"")) ==
        "geode-backup.json: its type is `half`, neither full nor incremental nor log");
  CHECK(refusal(replaced(text, "\"lsn\": 7", "\"lsn\": -7")) ==
        "geode-backup.json: `lsn` is not a whole number");
  CHECK(refusal(replaced(text, "\"lsn\": 7,", "")) == "geode-backup.json: there is no `lsn`");
  CHECK(refusal(replaced(text, "\"lsn\"", "\"more\": 1, \"lsn\"")) ==
        "geode-backup.json: there is an unknown field");
  CHECK(refusal(replaced(text, "database.geode", "../database.geode")) ==
        "geode-backup.json: `../database.geode` is not the name of a part");
  CHECK(
      refusal(replaced(text, "log/00000000000000000001-00000000000000000007-0123456789abcdef.gwal",
                       "database.geode")) == "geode-backup.json: `database.geode` is listed twice");
  CHECK(refusal(replaced(text, "8192", "18446744073709551615")) ==
        "geode-backup.json: `database.geode` is too large");
  CHECK(refusal(replaced(text, "2023-11-14T", "2023-13-14T")) != "");
  CHECK(refusal(replaced(text, "aaaa", "aaa/")) ==
        "geode-backup.json: the database id is not 32 hexadecimal digits");
  CHECK(refusal(replaced(text, "0.1.3", "0.1\\u001b[2J")) ==
        "geode-backup.json: `geode_version` has unexpected characters");
}

TEST_CASE("the header of an incremental backup names its parent", "[backup]") {
  Header header = a_header();
  header.parts.erase(header.parts.begin());
  header.info.type = "incremental";
  header.info.timeline = 3;
  header.info.parent = {"monday.tar", "sha256:" + std::string(64, '0'), 4, 3};
  const std::string text = write_header(header);
  const BackupInfo again = read_header(text).info;
  REQUIRE(again.parent);
  CHECK(again.parent->name == "monday.tar");
  CHECK(again.parent->checksum == header.info.parent->checksum);
  CHECK(again.parent->lsn == 4);
  CHECK(again.parent->timeline == 3u);
  CHECK(again.first_lsn == 5);
  CHECK(refusal(replaced(text, "sha256:0", "sha256:x")) ==
        "geode-backup.json: the checksum of its parent is not one");
  CHECK(refusal(replaced(text, "\"lsn\": 4", "\"lsn\": 8")) ==
        "geode-backup.json: its parent is later than it is");
  CHECK(refusal(replaced(text, "incremental", "log")) ==
        "geode-backup.json: an incremental backup, and no other, has a parent");
  CHECK(refusal(replaced(
            text, "log/00000000000000000001-00000000000000000007-0123456789abcdef.gwal",
            "database.geode")) == "geode-backup.json: only a full backup begins with the database");
}

TEST_CASE("names of parts are the known ones", "[backup]") {
  CHECK(is_part_name("database.geode"));
  CHECK(is_part_name("log/00000000000000000001-00000000000000000001-0123456789abcdef.gwal"));
  for (const char* name : {"", "/database.geode", "../database.geode", "./database.geode",
                           "log/1-2.gwal", "log/00000000000000000001-00000000000000000001.gwal",
                           "log/00000000000000000002-00000000000000000001-0123456789abcdef.gwal",
                           "log/00000000000000000001-99999999999999999999-0123456789abcdef.gwal",
                           "log/00000000000000000001-00000000000000000001-0123456789abcdeg.gwal",
                           "manifest.json", "geode-backup.json",
                           "log/0000000000000000000a-0000000000000000000b-0123456789abcdef.gwal"}) {
    INFO(name);
    CHECK_FALSE(is_part_name(name));
  }
}

TEST_CASE("a tar header is read only as it would be written", "[backup]") {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{511}, std::uint64_t{1} << 33,
                                   (std::uint64_t{1} << 33) - 1, std::uint64_t{1} << 60}) {
    const TarEntry entry{"database.geode", size, 1700000000};
    const std::string block = make_tar_header(entry);
    REQUIRE(block.size() == kTarBlock);
    const auto again = parse_tar_header(block);
    REQUIRE(again.has_value());
    CHECK(*again == entry);
    int accepted = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string flipped = block;
        flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
        accepted += parse_tar_header(flipped).has_value();
      }
    }
    CHECK(accepted == 0);
  }
}
