#include "graph/sorted_runs.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include <geode/error.hpp>

namespace geode::graph {
namespace {

constexpr std::size_t kFirstCapacity = std::size_t{1} << 16;
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;
constexpr std::size_t kLeastReadBytes = std::size_t{1} << 16;
constexpr std::size_t kMostReadBytes = std::size_t{1} << 20;
constexpr std::uint32_t kMostDigitBits = 11;

/// The digits a number of `bits` bits is sorted by.
struct Digits {
  std::uint32_t count = 0, width = 0;
  explicit Digits(std::uint32_t greatest) {
    const auto bits = static_cast<std::uint32_t>(std::bit_width(greatest));
    if (bits == 0) return;
    count = (bits + kMostDigitBits - 1) / kMostDigitBits;
    width = (bits + count - 1) / count;
  }
};

}  // namespace

/// Reads one run: triples of 12 bytes, each followed by its row (of `third` bytes) when there are
/// rows.
class SortedRuns::RunReader {
 public:
  RunReader(const base::TemporaryFile& file, std::uint64_t begin, std::uint64_t end, bool rows,
            std::size_t buffer_bytes)
      : file_(file), offset_(begin), end_(end), rows_(rows), buffer_(buffer_bytes) {}

  bool next() {
    at_ += record_bytes_;
    record_bytes_ = 0;
    if (!have(sizeof(Triple))) return false;
    std::memcpy(&triple_, buffer_.data() + at_, sizeof(Triple));
    record_bytes_ = sizeof(Triple) + (rows_ ? triple_.third : 0);
    if (!have(record_bytes_)) throw Error(status::kIo, "temporary file: cut off");
    return true;
  }
  const Triple& triple() const { return triple_; }
  std::string_view row() const {
    return {buffer_.data() + at_ + sizeof(Triple), record_bytes_ - sizeof(Triple)};
  }

 private:
  /// Makes `count` bytes from the present place on be in the buffer; false at the end of the run.
  bool have(std::size_t count) {
    if (filled_ - at_ >= count) return true;
    std::memmove(buffer_.data(), buffer_.data() + at_, filled_ - at_);
    filled_ -= at_;
    at_ = 0;
    if (buffer_.size() < count) buffer_.resize(count);
    const std::size_t wanted = std::min<std::uint64_t>(buffer_.size() - filled_, end_ - offset_);
    const std::size_t got = file_.read(offset_, buffer_.data() + filled_, wanted);
    offset_ += got;
    filled_ += got;
    return filled_ >= count;
  }

  const base::TemporaryFile& file_;
  std::uint64_t offset_;
  const std::uint64_t end_;
  const bool rows_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, filled_ = 0, record_bytes_ = 0;
  Triple triple_;
};

SortedRuns::SortedRuns(Options options) : options_(std::move(options)) {
  // Sorting needs the triples twice, and others are added meanwhile.
  const std::uint64_t copies = options_.own_thread ? 3 : 2;
  const std::uint64_t for_triples =
      options_.rows ? options_.memory_bytes / 2 : options_.memory_bytes;
  most_ = std::clamp<std::uint64_t>(for_triples / (copies * sizeof(Triple)), 1024, UINT32_MAX);
  // Places in row_bytes are 32 bits wide.
  most_row_bytes_ =
      std::clamp<std::uint64_t>(options_.memory_bytes / 2 / (copies - 1), 1u << 16, 1u << 31);
}

SortedRuns::~SortedRuns() = default;

void SortedRuns::add(std::uint32_t first, std::uint32_t second, std::string_view row) {
  if (row.size() > most_row_bytes_ - 4) {
    throw Error(status::kLimitExceeded,
                "the properties of an edge are larger than the memory to sort edges in");
  }
  if (buffer_.row_bytes.size() + row.size() + 4 > most_row_bytes_) spill();
  if (buffer_.count == buffer_.capacity) make_room();
  const auto place = static_cast<std::uint32_t>(buffer_.row_bytes.size());
  const auto size = static_cast<std::uint32_t>(row.size());
  buffer_.row_bytes.append(reinterpret_cast<const char*>(&size), 4);
  buffer_.row_bytes.append(row);
  push({first, second, place});
}

void SortedRuns::make_room() {
  if (buffer_.capacity == most_) {
    spill();
    if (buffer_.capacity > 0) return;
  }
  const std::size_t wanted = std::min(most_, std::max(kFirstCapacity, buffer_.capacity * 2));
  // realloc moves large blocks by their pages, so that growing does not need the memory twice.
  void* grown = std::realloc(buffer_.triples.get(), wanted * sizeof(Triple));
  if (grown == nullptr) throw std::bad_alloc();
  (void)buffer_.triples.release();
  buffer_.triples.reset(static_cast<Triple*>(grown));
  buffer_.capacity = wanted;
}

void SortedRuns::sort_buffer(Buffer& buffer) const {
  if (buffer.ordered || buffer.count < 2) return;
  std::uint32_t greatest_first = 0, greatest_second = 0;
  for (std::size_t i = 0; i < buffer.count; ++i) {
    greatest_first = std::max(greatest_first, buffer.triples.get()[i].first);
    greatest_second = std::max(greatest_second, buffer.triples.get()[i].second);
  }
  struct Pass {
    bool by_first = false;
    std::uint32_t shift = 0, width = 0;
  };
  std::vector<Pass> passes;
  const auto plan = [&](std::uint32_t greatest, bool by_first) {
    const Digits digits(greatest);
    for (std::uint32_t i = 0; i < digits.count; ++i) {
      passes.push_back({by_first, i * digits.width, digits.width});
    }
  };
  if (!options_.second_ascends) plan(greatest_second, false);
  plan(greatest_first, true);

  std::unique_ptr<Triple[], Free> scratch(
      static_cast<Triple*>(std::malloc(buffer.count * sizeof(Triple))));
  if (scratch == nullptr) throw std::bad_alloc();
  Triple* from = buffer.triples.get();
  Triple* to = scratch.get();
  for (const Pass& pass : passes) {
    if (options_.poll && !options_.own_thread) options_.poll();
    std::array<std::uint32_t, 1u << kMostDigitBits> places{};
    const std::uint32_t mask = (1u << pass.width) - 1;
    const auto digit = [&](const Triple& triple) {
      return ((pass.by_first ? triple.first : triple.second) >> pass.shift) & mask;
    };
    for (std::size_t i = 0; i < buffer.count; ++i) ++places[digit(from[i])];
    std::uint32_t sum = 0;
    for (std::uint32_t i = 0; i <= mask; ++i) {
      const std::uint32_t size = places[i];
      places[i] = sum;
      sum += size;
    }
    for (std::size_t i = 0; i < buffer.count; ++i) to[places[digit(from[i])]++] = from[i];
    std::swap(from, to);
  }
  if (from != buffer.triples.get()) {
    buffer.triples.swap(scratch);
    buffer.capacity = buffer.count;
  }
  buffer.ordered = true;
}

void SortedRuns::spill() {
  if (buffer_.count == 0) return;
  wait_for_run();
  if (file_ == nullptr) file_ = std::make_unique<base::TemporaryFile>(options_.directory);
  if (options_.own_thread) {
    auto full = std::make_shared<Buffer>(std::exchange(buffer_, Buffer()));
    writing_ = std::async(std::launch::async, [this, full] { write_run(*full); });
  } else {
    write_run(buffer_);
    buffer_.count = 0;
    buffer_.ordered = true;
    buffer_.row_bytes.clear();
  }
  if (options_.poll) options_.poll();
}

void SortedRuns::wait_for_run() {
  if (writing_.valid()) writing_.get();
}

void SortedRuns::write_run(Buffer& buffer) {
  sort_buffer(buffer);
  if (!options_.rows) {
    file_->append(buffer.triples.get(), buffer.count * sizeof(Triple));
  } else {
    std::string out;
    for (std::size_t i = 0; i < buffer.count; ++i) {
      Triple triple = buffer.triples.get()[i];
      const char* row = buffer.row_bytes.data() + triple.third;
      std::memcpy(&triple.third, row, 4);
      out.append(reinterpret_cast<const char*>(&triple), sizeof(Triple));
      out.append(row + 4, triple.third);
      if (out.size() < kWriteBytes) continue;
      file_->append(out.data(), out.size());
      out.clear();
    }
    file_->append(out.data(), out.size());
  }
  run_ends_.push_back(file_->size());
}

void SortedRuns::sort() {
  if (file_ == nullptr) {
    sort_buffer(buffer_);
    return;
  }
  spill();
  wait_for_run();
  buffer_ = Buffer();
  const std::size_t buffer = std::clamp<std::uint64_t>(options_.memory_bytes / 2 / run_ends_.size(),
                                                       kLeastReadBytes, kMostReadBytes);
  std::uint64_t begin = 0;
  for (const std::uint64_t end : run_ends_) {
    runs_.push_back(std::make_unique<RunReader>(*file_, begin, end, options_.rows, buffer));
    begin = end;
  }
}

bool SortedRuns::next_merged() {
  const auto after = [this](std::uint32_t a, std::uint32_t b) {
    const Triple& x = runs_[a]->triple();
    const Triple& y = runs_[b]->triple();
    if (x.first != y.first) return x.first > y.first;
    if (x.second != y.second) return x.second > y.second;
    return a > b;  // earlier runs hold what was added earlier
  };
  if (!merge_started_) {
    merge_started_ = true;
    for (std::uint32_t run = 0; run < runs_.size(); ++run) {
      if (runs_[run]->next()) heap_.push_back(run);
    }
    std::make_heap(heap_.begin(), heap_.end(), after);
  } else if (!heap_.empty()) {
    // The run given last is still on top; its next triple takes its place.
    std::pop_heap(heap_.begin(), heap_.end(), after);
    if (runs_[heap_.back()]->next()) {
      std::push_heap(heap_.begin(), heap_.end(), after);
    } else {
      heap_.pop_back();
    }
  }
  if (heap_.empty()) return false;
  current_ = runs_[heap_.front()]->triple();
  return true;
}

std::string_view SortedRuns::row() const {
  if (!runs_.empty()) return runs_[heap_.front()]->row();
  std::uint32_t size;
  std::memcpy(&size, buffer_.row_bytes.data() + current_.third, 4);
  return {buffer_.row_bytes.data() + current_.third + 4, size};
}

}  // namespace geode::graph
