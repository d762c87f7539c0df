#include "backup/database_front.hpp"

#include <geode/error.hpp>
#include "base/bytes.hpp"

namespace geode::backup {

void expect_database_front(std::span<const char> bytes, std::uint64_t size,
                           const std::string& archive) {
  // See the layout in storage/database_file_check.cpp.
  constexpr std::uint32_t kMagic = 0xBEEFC0DE;
  constexpr std::size_t kMagicAt = 16, kPageSizeAt = 40, kLastPageAt = 136, kTransactionAt = 144;
  constexpr std::size_t kMetaEnd = 152;
  constexpr std::uint32_t kSmallestPage = 512, kLargestPage = 65536;
  const auto refuse = [&](const std::string& what) {
    throw Error(status::kCorrupt, "the database in backup '" + archive + "' is damaged: " + what)
        .hint("use another backup");
  };
  if (bytes.size() < kMetaEnd) refuse("it is too short");
  const auto page_size = base::load_le<std::uint32_t>(bytes.data() + kPageSizeAt);
  if (page_size < kSmallestPage || page_size > kLargestPage ||
      bytes.size() < page_size + kMetaEnd) {
    refuse("it does not begin with meta pages");
  }
  std::uint64_t transactions[2] = {};
  for (std::uint64_t page = 0; page < 2; ++page) {
    const char* const meta = bytes.data() + page * page_size;
    if (base::load_le<std::uint32_t>(meta + kMagicAt) != kMagic) {
      refuse("it does not begin with meta pages");
    }
    const auto pages = base::load_le<std::uint64_t>(meta + kLastPageAt) + 1;
    if (size % page_size != 0 || pages != size / page_size) {
      refuse("its meta pages tell of " + std::to_string(pages) + " pages");
    }
    transactions[page] = base::load_le<std::uint64_t>(meta + kTransactionAt);
    if ((transactions[page] & 1) != page) refuse("its meta pages are exchanged");
  }
  if (transactions[0] + 1 != transactions[1] && transactions[1] + 1 != transactions[0]) {
    refuse("its meta pages do not follow each other");
  }
}

}  // namespace geode::backup
