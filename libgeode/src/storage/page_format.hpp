#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace geode::storage::pages {

// LMDB 0.9's file (data version 1, 64-bit machines, little-endian), as far as it is read here.
//
//   page     number:u64 pad:u16 flags:u16 lower:u16 upper:u16, or pages:u32 in place of lower and
//            upper in the first of a run of overflow pages. `pad` is the size of the keys of a page
//            of fixed keys.
//   meta     page 0 and 1; at 16: magic:u32 version:u32 address:u64 map size:u64 table[2] (free
//            pages, names) last page:u64 transaction:u64. Transaction n writes page n % 2.
//   table    pad:u32 (page size in the first of a meta page) flags:u16 depth:u16 branch leaf
//            overflow pages, entries, root: u64 each
//   node     lo:u16 hi:u16 flags:u16 key size:u16 key data, at the offsets (u16) that follow the
//            header up to `lower`; nodes fill the page from `upper` to its end. Branch: page = lo |
//            hi << 16 | flags << 32. Leaf: data of lo | hi << 16 bytes, or the number of its first
//            overflow page.
//   free     transaction:u64 -> count:u64 page:u64[count], descending
inline constexpr std::uint32_t kMagic = 0xBEEFC0DE;
inline constexpr std::uint32_t kDataVersion = 1;
inline constexpr std::size_t kPageHeader = 16;
inline constexpr std::size_t kNodeHeader = 8;
inline constexpr std::size_t kTableSize = 48;
inline constexpr std::size_t kMetaEnd = 152;
inline constexpr std::size_t kLongestKey = 511;
inline constexpr std::uint64_t kNoPage = ~std::uint64_t{0};

inline constexpr std::uint16_t kBranch = 1, kLeaf = 2, kOverflow = 4, kMetaPage = 8, kDirty = 0x10,
                               kLeafOfFixed = 0x20, kSubPage = 0x40;
inline constexpr std::uint16_t kBigData = 1, kSubTable = 2, kDuplicates = 4;

/// What a meta page, or the table of names, says of a tree.
struct TreeRecord {
  std::uint32_t pad = 0;
  std::uint16_t flags = 0, depth = 0;
  std::uint64_t branch_pages = 0, leaf_pages = 0, overflow_pages = 0, entries = 0, root = kNoPage;
};
TreeRecord tree_record(const char* bytes);

struct Meta {
  std::uint32_t page_size = 0;
  TreeRecord free, names;
  std::uint64_t last_page = 0, transaction = 0;
};

/// A leaf's or branch's node.
struct Node {
  std::uint16_t flags = 0;
  std::uint64_t size_or_page = 0;
  std::string_view key;
  const char* data = nullptr;    ///< in a leaf
  std::size_t stored_bytes = 0;  ///< of `data` within the page
};

/// Reads exactly `size` bytes; false where the file ends before, or cannot be read.
bool read_at(int file, void* to, std::size_t size, std::uint64_t offset);

/// Both meta pages, and what is wrong with them ("" when they belong together).
struct MetaPair {
  std::optional<Meta> metas[2];
  std::string fault;
  int faulty_page = 0;
  /// The one LMDB takes.
  const Meta& newest() const {
    return metas[1] && (!metas[0] || metas[1]->transaction > metas[0]->transaction) ? *metas[1]
                                                                                    : *metas[0];
  }
};
MetaPair read_metas(int file);

/// What makes page `number` of a tree unusable, "" when nothing does: header, offsets and nodes are
/// looked at, not the order of the keys. `page` has `page_size` bytes; `free_list`: of the tree of
/// free pages, which may have branches of one node.
std::string page_fault(const char* page, std::uint64_t number, std::uint32_t page_size,
                       bool fixed_keys, bool free_list);

/// Of a page without a fault.
std::uint16_t page_flags(const char* page);
std::size_t node_count(const char* page);
Node node_at(const char* page, std::size_t index);
std::string_view fixed_key_at(const char* page, std::size_t index);

}  // namespace geode::storage::pages
