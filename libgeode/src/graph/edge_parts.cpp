#include "graph/edge_parts.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace geode::graph {
namespace {

constexpr std::uint32_t kDigitBits = 12;

/// Sorts by the lowest `bits` bits of `key`, equal ones in the order they have. `scratch` is as
/// long.
template <class Entry, class KeyOf>
void sort_by(std::vector<Entry>& entries, std::vector<Entry>& scratch, std::uint32_t bits,
             KeyOf key) {
  if (bits == 0) return;
  const std::uint32_t passes = (bits + kDigitBits - 1) / kDigitBits;
  const std::uint32_t width = (bits + passes - 1) / passes;
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  std::vector<std::array<std::uint32_t, 1u << kDigitBits>> places(passes);
  for (const Entry& entry : entries) {
    for (std::uint32_t pass = 0; pass < passes; ++pass) {
      ++places[pass][(key(entry) >> (pass * width)) & mask];
    }
  }
  for (std::uint32_t pass = 0; pass < passes; ++pass) {
    auto& place = places[pass];
    std::uint32_t sum = 0;
    for (std::uint32_t digit = 0; digit <= mask; ++digit) {
      sum += std::exchange(place[digit], sum);
    }
    for (const Entry& entry : entries) {
      scratch[place[(key(entry) >> (pass * width)) & mask]++] = entry;
    }
    entries.swap(scratch);
  }
}

std::uint32_t bits_of(std::uint32_t number) {
  return static_cast<std::uint32_t>(std::bit_width(number));
}

/// The records of a part.
struct PartBytes {
  PartBytes(const EdgeStore& store, const EdgePart& part)
      : bytes(std::make_unique_for_overwrite<char[]>(part.bytes)), size(part.bytes) {
    char* to = bytes.get();
    for (std::uint32_t range = part.begin; range < part.end; ++range) {
      store.read(range, to);
      to += store.bytes(range);
    }
  }
  std::unique_ptr<char[]> bytes;
  std::size_t size;
};

std::uint32_t load(const char* at) {
  std::uint32_t number;
  std::memcpy(&number, at, 4);
  return number;
}

/// Takes the edges of a part one by one, in order.
class SourceWriter {
 public:
  SourceWriter(const EdgePart& part, const EdgePlan& plan, SourcePart& out)
      : plan_(plan),
        out_(out),
        adjacency_(out.chunks, plan.out, nullptr),
        targets_(plan.by_target),
        number_(plan.first_edge + part.first_number) {
    const std::uint64_t end = number_ + part.count;
    whole_begin_ = std::min(end, (number_ + kExtentRows - 1) / kExtentRows * kExtentRows);
    whole_end_ = std::max(whole_begin_, end / kExtentRows * kExtentRows);
    if (whole_end_ > whole_begin_) {
      out.columns = std::make_unique<BulkColumns>(out.chunks, plan.lsn, ElementKind::kEdge,
                                                  plan.label, plan.columns, whole_begin_);
    }
    if (!plan.fresh) out.edges.reserve(part.count);
  }

  void add(std::uint32_t source, std::uint32_t target, std::string_view row) {
    const auto number = static_cast<std::uint32_t>(number_);
    if (plan_.fresh) {
      adjacency_.add(source, target, number);
    } else {
      out_.edges.emplace_back(source, target);
    }
    targets_.add(target, source, number);
    if (source == target) ++out_.loops;
    if (number_ >= whole_begin_ && number_ < whole_end_) {
      out_.columns->set_integer(0, ValueType::kInt64, source);
      if (!row.empty()) read_edge_row(row, *out_.columns);
      out_.columns->end_row();
    } else {
      SourcePart::Rows& rows = number_ < whole_begin_ ? out_.head : out_.tail;
      rows.sources.push_back(source);
      rows.sizes.push_back(static_cast<std::uint32_t>(row.size()));
      rows.rows.append(row);
    }
    ++number_;
  }
  void finish() {
    adjacency_.finish();
    out_.degrees = adjacency_.take_degrees();
    out_.by_target = targets_.take();
  }

 private:
  const EdgePlan& plan_;
  SourcePart& out_;
  BulkAdjacency adjacency_;
  EdgeGatherer targets_;
  std::uint64_t number_, whole_begin_ = 0, whole_end_ = 0;
};

}  // namespace

std::vector<EdgePart> make_parts(const EdgeStore& store, std::uint64_t edges,
                                 std::uint64_t most_bytes) {
  std::vector<EdgePart> out;
  std::uint64_t number = 0;
  for (std::uint32_t range = 0; range < store.ranges().count; ++range) {
    const std::uint64_t size = store.bytes(range);
    if (size == 0) continue;
    const bool large = size > most_bytes;
    if (out.empty() || large || out.back().large || out.back().bytes + size > most_bytes ||
        out.back().count + store.count(range) > edges) {
      out.push_back({range, range, 0, 0, number, large});
    }
    out.back().end = range + 1;
    out.back().bytes += size;
    out.back().count += store.count(range);
    number += store.count(range);
  }
  return out;
}

EdgeRecord take_record(EdgeRanges::Form form, std::string_view& bytes) {
  EdgeRecord out;
  out.first = load(bytes.data());
  out.second = load(bytes.data() + 4);
  std::size_t size = 8;
  if (form != EdgeRanges::Form::kPlain) {
    size = 12;
    const std::uint32_t third = load(bytes.data() + 8);
    if (form == EdgeRanges::Form::kNumbers) {
      out.number = third;
    } else {
      out.row = bytes.substr(12, third);
      size += third;
    }
  }
  bytes.remove_prefix(size);
  return out;
}

std::unique_ptr<SourcePart> make_source_part(const EdgeStore& store, const EdgePart& part,
                                             const EdgePlan& plan) {
  auto out = std::make_unique<SourcePart>();
  const PartBytes bytes(store, part);
  const std::uint32_t least = part.begin << store.ranges().shift;
  const std::uint32_t second_bits = bits_of(store.seconds().greatest);
  SourceWriter writer(part, plan, *out);
  if (store.ranges().form == EdgeRanges::Form::kPlain) {
    std::vector<std::uint64_t> edges(part.count), scratch(part.count);
    std::uint32_t greatest = least;
    for (std::size_t i = 0; i < part.count; ++i) {
      const std::uint32_t first = load(bytes.bytes.get() + i * 8);
      greatest = std::max(greatest, first);
      edges[i] = std::uint64_t{first - least} << second_bits | load(bytes.bytes.get() + i * 8 + 4);
    }
    sort_by(edges, scratch, bits_of(greatest - least) + second_bits,
            [](std::uint64_t edge) { return edge; });
    const std::uint64_t mask = (std::uint64_t{1} << second_bits) - 1;
    for (const std::uint64_t edge : edges) {
      writer.add(least + static_cast<std::uint32_t>(edge >> second_bits),
                 static_cast<std::uint32_t>(edge & mask), {});
    }
  } else {
    struct Placed {
      std::uint64_t ends = 0;
      const char* row = nullptr;
    };
    std::vector<Placed> edges(part.count), scratch(part.count);
    std::uint32_t greatest = least;
    const char* at = bytes.bytes.get();
    for (Placed& edge : edges) {
      const std::uint32_t first = load(at);
      greatest = std::max(greatest, first);
      edge = {std::uint64_t{first - least} << second_bits | load(at + 4), at + 8};
      at += 12 + load(at + 8);
    }
    sort_by(edges, scratch, bits_of(greatest - least) + second_bits,
            [](const Placed& edge) { return edge.ends; });
    const std::uint64_t mask = (std::uint64_t{1} << second_bits) - 1;
    for (const Placed& edge : edges) {
      writer.add(least + static_cast<std::uint32_t>(edge.ends >> second_bits),
                 static_cast<std::uint32_t>(edge.ends & mask), {edge.row + 4, load(edge.row)});
    }
  }
  writer.finish();
  return out;
}

std::unique_ptr<TargetPart> make_target_part(const EdgeStore& store, const EdgePart& part,
                                             const EdgePlan& plan) {
  auto out = std::make_unique<TargetPart>();
  struct Numbered {
    std::uint32_t target = 0, source = 0, number = 0;
  };
  std::vector<Numbered> edges(part.count), scratch(part.count);
  std::uint32_t greatest = 0;
  const std::uint32_t least = part.begin << store.ranges().shift;
  {
    const PartBytes bytes(store, part);
    static_assert(sizeof(Numbered) == 12);
    std::memcpy(edges.data(), bytes.bytes.get(), bytes.size);
  }
  for (Numbered& edge : edges) {
    edge.target -= least;
    greatest = std::max(greatest, edge.target);
  }
  // They were added in the order of their numbers, which is that of their sources.
  sort_by(edges, scratch, bits_of(greatest), [](const Numbered& edge) { return edge.target; });
  if (!plan.fresh) {
    out->edges.reserve(edges.size());
    for (const Numbered& edge : edges) {
      out->edges.push_back({edge.target + least, edge.source, edge.number, {}});
    }
    return out;
  }
  BulkAdjacency adjacency(out->chunks, plan.in, nullptr);
  for (const Numbered& edge : edges) adjacency.add(edge.target + least, edge.source, edge.number);
  adjacency.finish();
  out->degrees = adjacency.take_degrees();
  return out;
}

}  // namespace geode::graph
