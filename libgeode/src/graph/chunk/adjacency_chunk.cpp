#include "graph/chunk/adjacency_chunk.hpp"

#include <algorithm>
#include <cstring>

#include <geode/error.hpp>
#include "base/crc32c.hpp"

namespace geode::graph {
namespace {

constexpr std::uint16_t kMagic = 0x4743;  // "CG"
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kImplicitEdges = 1;
constexpr std::uint8_t kHasHubs = 4;
constexpr std::uint8_t kSparse = 16;
// The sparse form pays when fewer than one node in this many has edges.
constexpr std::uint32_t kSparseRatio = 8;

struct Header {
  std::uint16_t magic;
  std::uint8_t version;
  std::uint8_t flags;
  std::uint32_t nodes;
  std::uint32_t edges;
  std::uint32_t hubs;
  std::uint64_t first_edge;
  std::uint64_t folded_lsn;
  std::uint32_t least_neighbour;
  std::uint32_t greatest_neighbour;
  std::uint32_t crc;
  std::uint32_t sources;
};
static_assert(sizeof(Header) == 48);
static_assert(offsetof(Header, crc) == 40);

std::uint32_t checksum(storage::ByteView bytes) {
  constexpr std::size_t kAfter = offsetof(Header, crc) + 4;
  return base::crc32c(bytes.subspan(kAfter), base::crc32c(bytes.first(offsetof(Header, crc))));
}

[[noreturn]] void corrupt(const char* what) {
  throw Error(status::kCorrupt, std::string("adjacency chunk: ") + what);
}

}  // namespace

std::uint32_t choose_chunk_shift(double mean_degree) {
  const double bytes_a_node = 4 + 8 * mean_degree;
  std::uint32_t shift = kMinimumChunkShift;
  while (shift < kMaximumChunkShift && bytes_a_node * static_cast<double>(2u << shift) <= 40960) {
    ++shift;
  }
  return shift;
}

void encode_adjacency(const AdjacencyArrays& arrays, std::uint64_t folded_lsn,
                      std::vector<std::byte>& out) {
  const auto nodes = static_cast<std::uint32_t>(arrays.offsets.size() - 1);
  const auto edges = static_cast<std::uint32_t>(arrays.neighbours.size());
  std::uint32_t sources = 0;
  const auto at = [&](std::uint32_t i) { return arrays.offsets[i] & ~kHubBit; };
  const auto is_source = [&](std::uint32_t i) {
    return (arrays.offsets[i] & kHubBit) != 0 || at(i) != at(i + 1);
  };
  for (std::uint32_t i = 0; i < nodes; ++i) sources += is_source(i) ? 1 : 0;
  const bool sparse = sources < nodes / kSparseRatio;

  Header header{};
  header.magic = kMagic;
  header.version = kVersion;
  header.flags =
      static_cast<std::uint8_t>((arrays.edges.empty() ? kImplicitEdges : 0) |
                                (arrays.hubs.empty() ? 0 : kHasHubs) | (sparse ? kSparse : 0));
  header.nodes = nodes;
  header.edges = edges;
  header.hubs = static_cast<std::uint32_t>(arrays.hubs.size());
  header.first_edge = arrays.first_edge;
  header.folded_lsn = folded_lsn;
  header.sources = sources;
  if (edges > 0) {
    const auto [least, greatest] =
        std::minmax_element(arrays.neighbours.begin(), arrays.neighbours.end());
    header.least_neighbour = *least;
    header.greatest_neighbour = *greatest;
  }
  const std::size_t offset_count = (sparse ? sources : nodes) + std::size_t{1};
  const std::size_t local_bytes = sparse ? (sources * std::size_t{2} + 3) / 4 * 4 : 0;
  const std::size_t edge_bytes = edges * std::size_t{4};
  out.resize(sizeof(Header) + offset_count * 4 + local_bytes +
             arrays.hubs.size() * sizeof(HubEntry) + edge_bytes * (arrays.edges.empty() ? 1 : 2));
  std::byte* to = out.data() + sizeof(Header);
  const auto write = [&](const void* from, std::size_t size) {
    if (size > 0) std::memcpy(to, from, size);
    to += size;
  };
  if (sparse) {
    std::vector<std::uint32_t> offsets;
    std::vector<std::uint16_t> locals;
    for (std::uint32_t i = 0; i < nodes; ++i) {
      if (!is_source(i)) continue;
      offsets.push_back(arrays.offsets[i]);
      locals.push_back(static_cast<std::uint16_t>(i));
    }
    offsets.push_back(edges);
    locals.resize(local_bytes / 2);
    write(offsets.data(), offsets.size() * 4);
    write(locals.data(), local_bytes);
  } else {
    write(arrays.offsets.data(), offset_count * 4);
  }
  write(arrays.hubs.data(), arrays.hubs.size() * sizeof(HubEntry));
  write(arrays.neighbours.data(), edge_bytes);
  if (!arrays.edges.empty()) write(arrays.edges.data(), edge_bytes);
  std::memcpy(out.data(), &header, sizeof(Header));
  header.crc = checksum(out);
  std::memcpy(out.data() + offsetof(Header, crc), &header.crc, 4);
}

AdjacencyView::AdjacencyView(storage::ByteView bytes) : bytes_(bytes) {
  if (bytes.size() < sizeof(Header)) corrupt("shorter than its header");
  Header header;
  std::memcpy(&header, bytes.data(), sizeof(Header));
  if (header.magic != kMagic || header.version != kVersion)
    corrupt("wrong magic number or version");
  const bool sparse = (header.flags & kSparse) != 0;
  const bool implicit = (header.flags & kImplicitEdges) != 0;
  const std::size_t offset_count = std::size_t{sparse ? header.sources : header.nodes} + 1;
  const std::size_t local_bytes = sparse ? (header.sources * std::size_t{2} + 3) / 4 * 4 : 0;
  const std::size_t edge_bytes = header.edges * std::size_t{4};
  if (bytes.size() != sizeof(Header) + offset_count * 4 + local_bytes +
                          header.hubs * sizeof(HubEntry) + edge_bytes * (implicit ? 1 : 2)) {
    corrupt("its size does not fit its header");
  }
  const std::byte* at = bytes.data() + sizeof(Header);
  offsets_ = reinterpret_cast<const std::uint32_t*>(at);
  at += offset_count * 4;
  if (sparse) locals_ = reinterpret_cast<const std::uint16_t*>(at);
  at += local_bytes;
  hubs_ = reinterpret_cast<const HubEntry*>(at);
  at += header.hubs * sizeof(HubEntry);
  neighbours_ = reinterpret_cast<const std::uint32_t*>(at);
  if (!implicit) edges_ = reinterpret_cast<const std::uint32_t*>(at + edge_bytes);
  nodes_ = header.nodes;
  sources_ = header.sources;
  edge_count_ = header.edges;
  hub_count_ = header.hubs;
  first_edge_ = static_cast<std::uint32_t>(header.first_edge);
  folded_lsn_ = header.folded_lsn;
  if ((offsets_[offset_count - 1] & ~kHubBit) != edge_count_)
    corrupt("offsets do not fit its edges");
}

void AdjacencyView::verify() const {
  std::uint32_t crc;
  std::memcpy(&crc, bytes_.data() + offsetof(Header, crc), 4);
  if (crc != checksum(bytes_)) corrupt("wrong checksum");
  const std::uint32_t ranges = locals_ != nullptr ? sources_ : nodes_;
  for (std::uint32_t i = 0; i < ranges; ++i) {
    if ((offsets_[i] & ~kHubBit) > (offsets_[i + 1] & ~kHubBit)) corrupt("its offsets fall");
    if (locals_ != nullptr && (locals_[i] >= nodes_ || (i > 0 && locals_[i] <= locals_[i - 1]))) {
      corrupt("its sources are in no order");
    }
  }
  for (const HubEntry& hub : hubs()) {
    if (hub.local >= nodes_ || !range(hub.local).hub) corrupt("a hub is not marked as one");
  }
}

void AdjacencyView::expand_offsets(std::uint32_t* out) const {
  if (locals_ == nullptr) {
    std::memcpy(out, offsets_, (nodes_ + std::size_t{1}) * 4);
    return;
  }
  std::uint32_t next = 0;
  for (std::uint32_t source = 0; source < sources_; ++source) {
    const std::uint32_t begin = offsets_[source] & ~kHubBit;
    if (locals_[source] < next || locals_[source] >= nodes_) corrupt("its sources are in no order");
    while (next < locals_[source]) out[next++] = begin;
    out[next++] = offsets_[source];
  }
  while (next <= nodes_) out[next++] = edge_count_;
}

AdjacencyView::Range AdjacencyView::range(std::uint32_t local) const {
  std::uint32_t at = local;
  if (locals_ != nullptr) {
    const std::uint16_t* found = std::lower_bound(locals_, locals_ + sources_, local);
    if (found == locals_ + sources_ || *found != local) return {};
    at = static_cast<std::uint32_t>(found - locals_);
  } else if (local >= nodes_) {
    return {};
  }
  const Range out{offsets_[at] & ~kHubBit, offsets_[at + 1] & ~kHubBit,
                  (offsets_[at] & kHubBit) != 0};
  if (out.begin > out.end || out.end > edge_count_) corrupt("its offsets fall");
  return out;
}

}  // namespace geode::graph
