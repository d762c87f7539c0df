#include "graph/edge_store.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <geode/error.hpp>

namespace geode::graph {
namespace {

constexpr std::size_t kWriteBytes = std::size_t{1} << 20;

std::uint64_t begin_of(const EdgeBlock& block, std::uint32_t range) {
  return range == 0 ? 0 : block.ends[range - 1];
}

}  // namespace

EdgeStore::EdgeStore(const EdgeRanges& ranges, Options options)
    : ranges_(ranges),
      options_(std::move(options)),
      // Some is written while more is added.
      limit_(options_.memory_bytes / (options_.own_thread ? 2 : 1)),
      counts_(ranges.count, 0),
      bytes_(ranges.count, 0) {}

EdgeStore::~EdgeStore() {
  if (writing_.valid()) writing_.wait();
}

void EdgeStore::add(EdgeBlock block) {
  if (block.count == 0) return;
  const std::uint64_t size = block.ends.back();
  if (held_ > 0 && held_ + size > limit_) spill();
  for (std::uint32_t range = 0; range < ranges_.count; ++range) {
    counts_[range] += block.counts[range];
    bytes_[range] += block.ends[range] - begin_of(block, range);
  }
  size_ += block.count;
  firsts_.add(block.firsts);
  seconds_.add(block.seconds);
  held_ += size;
  blocks_.push_back(std::move(block));
}

void EdgeStore::spill() {
  wait_for_spill();
  if (file_ == nullptr) file_ = std::make_unique<base::TemporaryFile>(options_.directory);
  held_ = 0;
  if (options_.own_thread) {
    auto full = std::make_shared<Blocks>(std::exchange(blocks_, Blocks()));
    writing_ = std::async(std::launch::async, [this, full] { write(*full); });
  } else {
    write(std::exchange(blocks_, Blocks()));
  }
}

void EdgeStore::wait_for_spill() {
  if (writing_.valid()) writing_.get();
}

void EdgeStore::write(const Blocks& blocks) {
  std::vector<std::uint64_t>& begins = spills_.emplace_back();
  std::string out;
  std::uint64_t at = file_->size();
  for (std::uint32_t range = 0; range < ranges_.count; ++range) {
    begins.push_back(at);
    for (const EdgeBlock& block : blocks) {
      const std::uint64_t begin = begin_of(block, range);
      out.append(block.bytes.get() + begin, block.ends[range] - begin);
      at += block.ends[range] - begin;
      if (out.size() < kWriteBytes) continue;
      file_->append(out.data(), out.size());
      out.clear();
    }
  }
  file_->append(out.data(), out.size());
  begins.push_back(at);
}

void EdgeStore::seal() {
  if (file_ == nullptr) return;
  // The memory is wanted for what comes next.
  spill();
  wait_for_spill();
}

void EdgeStore::read(std::uint32_t range, char* out) const {
  for (const std::vector<std::uint64_t>& begins : spills_) {
    const std::uint64_t size = begins[range + 1] - begins[range];
    if (file_->read(begins[range], out, size) != size) {
      throw Error(status::kIo, "temporary file: cut off");
    }
    out += size;
  }
  for (const EdgeBlock& block : blocks_) {
    const std::uint64_t begin = begin_of(block, range);
    std::memcpy(out, block.bytes.get() + begin, block.ends[range] - begin);
    out += block.ends[range] - begin;
  }
}

std::string_view EdgeStore::part(std::size_t part, std::uint32_t range, std::string& buffer) const {
  if (part < spills_.size()) {
    const std::vector<std::uint64_t>& begins = spills_[part];
    buffer.resize(begins[range + 1] - begins[range]);
    if (file_->read(begins[range], buffer.data(), buffer.size()) != buffer.size()) {
      throw Error(status::kIo, "temporary file: cut off");
    }
    return buffer;
  }
  const EdgeBlock& block = blocks_[part - spills_.size()];
  const std::uint64_t begin = begin_of(block, range);
  return {block.bytes.get() + begin, block.ends[range] - begin};
}

}  // namespace geode::graph
