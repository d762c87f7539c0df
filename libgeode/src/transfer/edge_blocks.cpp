#include "transfer/edge_blocks.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <geode/error.hpp>

namespace geode::transfer {
namespace {

constexpr std::uint64_t kBlockBytes = std::uint64_t{1} << 19;
/// Blocks that may be read before the caller takes them, for each thread.
constexpr std::uint64_t kAhead = 4;
/// A smaller file is read before another thread has begun.
constexpr std::uint64_t kLeastBytes = 2 * kBlockBytes;

}  // namespace

bool EdgeBlocks::fits(const RecordReader& reader, const EdgeColumns& columns) {
  struct stat info {};
  return reader.position() && stat(reader.path().c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         static_cast<std::uint64_t>(info.st_size) >= kLeastBytes &&
         columns.from_keys->many_may_find() && columns.to_keys->many_may_find();
}

EdgeBlocks::EdgeBlocks(const RecordReader& reader, const EdgeColumns& columns,
                       std::uint32_t threads)
    : reader_(reader),
      columns_(columns),
      most_ahead_(kAhead * threads),
      first_(reader.position().value()) {
  file_ = open(reader.path().c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (file_ < 0 || fstat(file_, &info) != 0) {
    const int code = errno;
    if (file_ >= 0) close(file_);
    throw Error(status::kIo, reader.path() + ": cannot open: " + std::strerror(code));
  }
  end_ = std::max(first_.offset, static_cast<std::uint64_t>(info.st_size));
  count_ = (end_ - first_.offset + kBlockBytes - 1) / kBlockBytes;
  for (std::uint32_t i = 0; i < threads; ++i) threads_.emplace_back([this] { loop(); });
}

EdgeBlocks::~EdgeBlocks() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  close(file_);
}

void EdgeBlocks::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] {
      return stop_ || next_read_ == count_ || next_read_ < next_given_ + most_ahead_;
    });
    if (stop_ || next_read_ == count_) return;
    const std::uint64_t index = next_read_++;
    lock.unlock();
    auto block = std::make_unique<Block>();
    try {
      read(index, *block);
    } catch (...) {
      // Of no interest unless the blocks before are good.
      block->error = std::current_exception();
    }
    lock.lock();
    ready_[index] = std::move(block);
    changed_.notify_all();
  }
}

std::unique_ptr<EdgeBlocks::Block> EdgeBlocks::next() {
  std::unique_lock lock(mutex_);
  if (next_given_ == count_) return nullptr;
  changed_.wait(lock, [this] { return ready_.contains(next_given_); });
  std::unique_ptr<Block> out = std::move(ready_[next_given_]);
  ready_.erase(next_given_++);
  changed_.notify_all();
  if (out->error) std::rethrow_exception(out->error);
  return out;
}

std::uint64_t EdgeBlocks::line_begin(std::uint64_t offset) const {
  if (offset <= first_.offset) return first_.offset;
  char bytes[4096];
  for (std::uint64_t at = offset - 1; at < end_;) {
    const ssize_t got = pread(file_, bytes, sizeof bytes, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(status::kIo, reader_.path() + ": read: " + std::strerror(errno));
    }
    if (got == 0) break;
    const auto* feed =
        static_cast<const char*>(std::memchr(bytes, '\n', static_cast<std::size_t>(got)));
    if (feed != nullptr) return std::min(end_, at + static_cast<std::uint64_t>(feed - bytes) + 1);
    at += static_cast<std::uint64_t>(got);
  }
  return end_;
}

void EdgeBlocks::read(std::uint64_t index, Block& block) const {
  block.begin = line_begin(first_.offset + index * kBlockBytes);
  block.end = index + 1 == count_ ? end_ : line_begin(first_.offset + (index + 1) * kBlockBytes);
  const auto reader = reader_.part({block.begin, 1}, block.end);
  EdgeProblem problem;
  for (;;) {
    const RowStatus status = reader->next();
    if (status == RowStatus::kEnd) break;
    if (block.batches.empty() || block.batches.back().full()) {
      block.batches.emplace_back().clear(*reader, columns_);
    }
    if (status == RowStatus::kBad || !take_edge(*reader, columns_, block.batches.back(), problem))
      return;
  }
  block.lines = reader->position()->line - 1;
  block.good = true;
}

}  // namespace geode::transfer
