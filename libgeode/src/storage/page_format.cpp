#include "storage/page_format.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unistd.h>

#include "base/bytes.hpp"

namespace geode::storage::pages {

using base::load_le;

namespace {

/// `fault` is what LMDB or the next commit would not put right; `content` what makes the state that
/// the page names unusable.
std::optional<Meta> read_meta(int file, std::uint64_t number, std::uint64_t offset,
                              std::string& fault, std::string& content) {
  char page[kMetaEnd];
  if (!read_at(file, page, sizeof page, offset)) {
    fault = "the file ends before it";
    return std::nullopt;
  }
  if (load_le<std::uint32_t>(page + 16) != kMagic ||
      load_le<std::uint32_t>(page + 20) != kDataVersion) {
    fault = "it is no meta page of LMDB 0.9";
    return std::nullopt;
  }
  Meta meta;
  meta.page_size = load_le<std::uint32_t>(page + 40);
  meta.free = tree_record(page + 40);
  meta.names = tree_record(page + 40 + kTableSize);
  meta.last_page = load_le<std::uint64_t>(page + 136);
  meta.transaction = load_le<std::uint64_t>(page + 144);
  const std::uint32_t size = meta.page_size;
  if (size < 512 || size > 65536 || (size & (size - 1)) != 0) {
    fault = "impossible page size " + std::to_string(size);
    return std::nullopt;
  }
  if (load_le<std::uint64_t>(page) != number ||
      (load_le<std::uint16_t>(page + 10) & ~kDirty) != kMetaPage) {
    fault = "its page header is wrong";
    return std::nullopt;
  }
  if (meta.last_page < 1 || meta.last_page >= (std::uint64_t{1} << 48)) {
    content = "impossible last page " + std::to_string(meta.last_page);
  } else {
    // The flags of the first tree are those of the environment too.
    constexpr std::uint16_t kOfKeys = 0x7e, kNumbers = 8;
    if ((meta.free.flags & kOfKeys) != kNumbers || meta.names.flags != 0) {
      content = "the flags of its trees are wrong";
    }
    for (const TreeRecord* tree : {&meta.free, &meta.names}) {
      const bool empty = tree->root == kNoPage;
      if (!empty && (tree->root < 2 || tree->root > meta.last_page)) {
        content = "it names page " + std::to_string(tree->root) + " of " +
                  std::to_string(meta.last_page + 1);
      } else if (empty != (tree->depth == 0) || (empty && tree->entries != 0)) {
        content = "the root and the depth of a tree do not go together";
      }
    }
  }
  return meta;
}

/// Which bytes of a page belong to an entry, by pairs, as entries begin at even offsets.
class Places {
 public:
  explicit Places(std::size_t page_size) { std::fill_n(taken_.begin(), page_size / 128, 0); }

  /// False when some byte of [begin, end) was taken before.
  bool take(std::size_t begin, std::size_t end) {
    std::size_t at = begin / 2;
    const std::size_t last = (end - 1) / 2;
    for (;; at = at / 64 * 64 + 64) {
      std::uint64_t bits = ~std::uint64_t{0} << at % 64;
      const bool ends_here = at / 64 == last / 64;
      if (ends_here) bits &= ~std::uint64_t{0} >> (63 - last % 64);
      std::uint64_t& word = taken_[at / 64];
      if ((word & bits) != 0) return false;
      word |= bits;
      if (ends_here) return true;
    }
  }

 private:
  std::array<std::uint64_t, 65536 / 128> taken_;
};

}  // namespace

TreeRecord tree_record(const char* bytes) {
  TreeRecord out;
  out.pad = load_le<std::uint32_t>(bytes);
  out.flags = load_le<std::uint16_t>(bytes + 4);
  out.depth = load_le<std::uint16_t>(bytes + 6);
  out.branch_pages = load_le<std::uint64_t>(bytes + 8);
  out.leaf_pages = load_le<std::uint64_t>(bytes + 16);
  out.overflow_pages = load_le<std::uint64_t>(bytes + 24);
  out.entries = load_le<std::uint64_t>(bytes + 32);
  out.root = load_le<std::uint64_t>(bytes + 40);
  return out;
}

bool read_at(int file, void* to, std::size_t size, std::uint64_t offset) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t n = pread(file, at, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<std::size_t>(n);
    offset += static_cast<std::uint64_t>(n);
  }
  return true;
}

MetaPair read_metas(int file) {
  MetaPair out;
  std::string faults[2], contents[2];
  out.metas[0] = read_meta(file, 0, 0, faults[0], contents[0]);
  // Where the first page cannot tell, the second one is looked for at the usual distance.
  const std::uint64_t second = out.metas[0] ? out.metas[0]->page_size : 4096;
  out.metas[1] = read_meta(file, 1, second, faults[1], contents[1]);
  for (const int page : {0, 1}) {
    if (!faults[page].empty() && out.fault.empty()) {
      out.fault = faults[page];
      out.faulty_page = page;
    }
  }
  if (!out.fault.empty()) return out;
  // A process that ended while it wrote the older one leaves that without sense. Its transaction is
  // written last, and the next commit writes it anew.
  const int newest = &out.newest() == &*out.metas[0] ? 0 : 1;
  if (!contents[newest].empty()) {
    out.fault = contents[newest];
    out.faulty_page = newest;
    return out;
  }
  const Meta& first = *out.metas[0];
  const Meta& other = *out.metas[1];
  if (first.page_size != other.page_size) {
    out.fault = "the meta pages have different page sizes";
  } else if (first.transaction % 2 != 0 || other.transaction % 2 != 1) {
    out.fault = "transaction " +
                std::to_string(first.transaction % 2 != 0 ? first.transaction : other.transaction) +
                " stands in the wrong meta page";
    out.faulty_page = first.transaction % 2 != 0 ? 0 : 1;
  } else if (first.transaction + 1 != other.transaction &&
             other.transaction + 1 != first.transaction) {
    out.fault = "transactions " + std::to_string(first.transaction) + " and " +
                std::to_string(other.transaction) + " of the meta pages do not follow each other";
  }
  return out;
}

std::uint16_t page_flags(const char* page) { return load_le<std::uint16_t>(page + 10); }

std::size_t node_count(const char* page) {
  return (load_le<std::uint16_t>(page + 12) - kPageHeader) / 2;
}

Node node_at(const char* page, std::size_t index) {
  const char* const at = page + load_le<std::uint16_t>(page + kPageHeader + index * 2);
  Node out;
  out.flags = load_le<std::uint16_t>(at + 4);
  const std::size_t key_size = load_le<std::uint16_t>(at + 6);
  out.size_or_page = load_le<std::uint16_t>(at) | std::uint64_t{load_le<std::uint16_t>(at + 2)}
                                                      << 16;
  out.key = {at + kNodeHeader, key_size};
  if ((page_flags(page) & kBranch) != 0) {
    out.size_or_page |= std::uint64_t{out.flags} << 32;
    out.flags = 0;
    return out;
  }
  out.data = at + kNodeHeader + key_size;
  out.stored_bytes = (out.flags & kBigData) != 0 ? sizeof(std::uint64_t)
                                                 : static_cast<std::size_t>(out.size_or_page);
  return out;
}

std::string_view fixed_key_at(const char* page, std::size_t index) {
  const std::size_t size = load_le<std::uint16_t>(page + 8);
  return {page + kPageHeader + index * size, size};
}

std::string page_fault(const char* page, std::uint64_t number, std::uint32_t page_size,
                       bool fixed_keys, bool free_list) {
  if (load_le<std::uint64_t>(page) != number) {
    return "its header says page " + std::to_string(load_le<std::uint64_t>(page));
  }
  const std::uint16_t flags = page_flags(page);
  const std::uint16_t leaf = fixed_keys ? kLeaf | kLeafOfFixed : kLeaf;
  if (flags != kBranch && flags != leaf) {
    return "its header has flags " + std::to_string(flags) + ", which no page of this tree has";
  }
  const std::size_t lower = load_le<std::uint16_t>(page + 12);
  const std::size_t upper = load_le<std::uint16_t>(page + 14);
  if (lower < kPageHeader || lower % 2 != 0 || lower > upper || upper > page_size) {
    return "the bounds of its free space are impossible";
  }
  const std::size_t count = node_count(page);
  const std::size_t least = flags == kBranch && !free_list ? 2 : 1;
  if (count < least) return "it has only " + std::to_string(count) + " entries";
  if ((flags & kLeafOfFixed) != 0) {
    const std::size_t size = load_le<std::uint16_t>(page + 8);
    if (size != sizeof(std::uint64_t) || kPageHeader + count * size > page_size) {
      return "its keys of fixed size do not fit";
    }
    return "";
  }
  Places places(page_size);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = load_le<std::uint16_t>(page + kPageHeader + i * 2);
    if (at < upper || at % 2 != 0 || at + kNodeHeader > page_size) {
      return "entry " + std::to_string(i) + " lies outside of the page";
    }
    const std::size_t key_size = load_le<std::uint16_t>(page + at + 6);
    if (key_size > kLongestKey || (key_size == 0 && (flags != kBranch || i != 0))) {
      return "the key of entry " + std::to_string(i) + " has " + std::to_string(key_size) +
             " bytes";
    }
    std::size_t end = at + kNodeHeader + key_size;
    if (flags != kBranch) {
      const auto node_flags = load_le<std::uint16_t>(page + at + 4);
      if (node_flags > 7 || node_flags == (kBigData | kSubTable) ||
          ((node_flags & kBigData) != 0 && node_flags != kBigData)) {
        return "entry " + std::to_string(i) + " has impossible flags";
      }
      end += (node_flags & kBigData) != 0
                 ? sizeof(std::uint64_t)
                 : load_le<std::uint16_t>(page + at) |
                       std::size_t{load_le<std::uint16_t>(page + at + 2)} << 16;
    }
    if (end > page_size) return "entry " + std::to_string(i) + " reaches beyond the page";
    if (!places.take(at, end)) return "two of its entries overlap";
  }
  return "";
}

}  // namespace geode::storage::pages
