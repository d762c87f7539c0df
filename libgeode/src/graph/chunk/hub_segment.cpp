#include "graph/chunk/hub_segment.hpp"

#include <cstring>

#include <geode/error.hpp>
#include "base/crc32c.hpp"

namespace geode::graph {
namespace {

struct SegmentHeader {
  std::uint32_t size;
  std::uint32_t flags;
  std::uint64_t folded_lsn;
  std::uint32_t crc;
  std::uint32_t reserved;
};
static_assert(sizeof(SegmentHeader) == 24);

std::uint32_t checksum(storage::ByteView bytes) {
  return base::crc32c(bytes.subspan(20), base::crc32c(bytes.first(16)));
}

[[noreturn]] void corrupt(const char* what) {
  throw Error(status::kCorrupt, std::string("hub segment: ") + what);
}

}  // namespace

void encode_hub_segment(std::span<const std::uint32_t> neighbours,
                        std::span<const std::uint32_t> edges, std::uint64_t folded_lsn,
                        std::vector<std::byte>& out) {
  SegmentHeader header{};
  header.size = static_cast<std::uint32_t>(neighbours.size());
  header.folded_lsn = folded_lsn;
  out.resize(sizeof(header) + neighbours.size_bytes() * 2);
  std::memcpy(out.data(), &header, sizeof(header));
  if (!neighbours.empty()) {
    std::memcpy(out.data() + sizeof(header), neighbours.data(), neighbours.size_bytes());
    std::memcpy(out.data() + sizeof(header) + neighbours.size_bytes(), edges.data(),
                edges.size_bytes());
  }
  header.crc = checksum(out);
  std::memcpy(out.data() + offsetof(SegmentHeader, crc), &header.crc, 4);
}

HubSegmentView::HubSegmentView(storage::ByteView bytes, bool check) {
  SegmentHeader header;
  if (bytes.size() < sizeof(header)) corrupt("shorter than its header");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (bytes.size() != sizeof(header) + header.size * std::size_t{8}) {
    corrupt("its size does not fit its header");
  }
  if (check && header.crc != checksum(bytes)) corrupt("wrong checksum");
  const auto* first = reinterpret_cast<const std::uint32_t*>(bytes.data() + sizeof(header));
  neighbours = {first, header.size};
  edges = {first + header.size, header.size};
}

std::uint32_t HubDirectory::degree() const {
  std::uint32_t sum = 0;
  for (const Segment& segment : segments) sum += segment.size;
  return sum;
}

void HubDirectory::encode(std::vector<std::byte>& out) const {
  const std::uint64_t sum = degree();
  const auto count = static_cast<std::uint32_t>(segments.size());
  out.assign(16 + segments.size() * sizeof(Segment), std::byte{0});
  std::memcpy(out.data(), &sum, 8);
  std::memcpy(out.data() + 8, &count, 4);
  if (count > 0) std::memcpy(out.data() + 16, segments.data(), segments.size() * sizeof(Segment));
}

HubDirectory HubDirectory::decode(storage::ByteView bytes) {
  HubDirectory out;
  std::uint32_t count = 0;
  if (bytes.size() >= 16) std::memcpy(&count, bytes.data() + 8, 4);
  if (bytes.size() < 16 || bytes.size() != 16 + count * sizeof(Segment)) {
    corrupt("the hub directory's size does not fit");
  }
  out.segments.resize(count);
  if (count > 0) std::memcpy(out.segments.data(), bytes.data() + 16, count * sizeof(Segment));
  std::uint64_t sum = 0, said = 0;
  for (const Segment& segment : out.segments) sum += segment.size;
  std::memcpy(&said, bytes.data(), 8);
  if (sum != said || sum > 0xffffffffu) corrupt("the hub directory's sizes do not add up");
  return out;
}

}  // namespace geode::graph
