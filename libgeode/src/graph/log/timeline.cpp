#include "graph/log/timeline.hpp"

#include <chrono>
#include <random>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "graph/keys.hpp"

namespace geode::graph {
namespace {

constexpr std::size_t kTimelineBytes = 24;

}  // namespace

std::string encode_timelines(const Timelines& timelines) {
  std::string out;
  base::append_le(out, static_cast<std::uint32_t>(timelines.size()));
  for (const Timeline& timeline : timelines) {
    base::append_le(out, timeline.id);
    base::append_le(out, timeline.first_lsn);
    base::append_le(out, timeline.began);
  }
  return out;
}

Timelines decode_timelines(storage::ByteView bytes) {
  if (bytes.size() < 4 || (bytes.size() - 4) % kTimelineBytes != 0 ||
      base::load_le<std::uint32_t>(bytes.data()) != (bytes.size() - 4) / kTimelineBytes) {
    throw Error(status::kCorrupt, "the list of timelines is damaged");
  }
  Timelines out;
  for (std::size_t at = 4; at < bytes.size(); at += kTimelineBytes) {
    const std::byte* const from = bytes.data() + at;
    out.push_back({base::load_le<std::uint64_t>(from), base::load_le<std::uint64_t>(from + 8),
                   base::load_le<std::int64_t>(from + 16)});
    if (out.back().id == 0 ||
        (out.size() > 1 && out.back().first_lsn < out[out.size() - 2].first_lsn)) {
      throw Error(status::kCorrupt, "the list of timelines is damaged");
    }
  }
  return out;
}

Timelines read_timelines(const storage::Transaction& txn) {
  const auto bytes = txn.get(storage::Table::kHot, keys::timelines());
  return bytes ? decode_timelines(*bytes) : Timelines();
}

void write_timelines(storage::WriteTransaction& txn, const Timelines& timelines) {
  txn.put(storage::Table::kHot, keys::timelines(), storage::as_bytes(encode_timelines(timelines)));
}

Timeline begin_timeline(std::uint64_t first_lsn) {
  std::random_device random;
  std::uint64_t id = 0;
  while (id == 0) id = std::uint64_t{random()} << 32 | random();
  return {id, first_lsn, microseconds_now()};
}

std::uint64_t timeline_of(const Timelines& timelines, std::uint64_t lsn) {
  std::uint64_t out = 0;
  for (const Timeline& timeline : timelines) {
    if (timeline.first_lsn <= lsn) out = timeline.id;
  }
  return out;
}

std::string timeline_name(std::uint64_t id) {
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; id >>= 4) out[i] = "0123456789abcdef"[id & 15];
  return out;
}

std::int64_t microseconds_now() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace geode::graph
