#include "failing_memory.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace geode::test {
namespace {

constinit std::atomic<bool> armed{false};
constinit std::atomic<bool> any_failed{false};
constinit std::atomic<bool> for_good{false};
constinit std::atomic<std::int64_t> left{0};
constinit std::atomic<std::int64_t> blocks{0};

bool must_fail() {
  if (!armed.load(std::memory_order_relaxed)) return false;
  const std::int64_t before = left.fetch_sub(1);
  if (before > 1 || (before < 1 && !for_good)) return false;
  any_failed = true;
  return true;
}

}  // namespace

FailingMemory::FailingMemory(std::uint64_t nth, Mode mode) {
  any_failed = false;
  for_good = mode == Mode::kFromThereOn;
  left = static_cast<std::int64_t>(nth);
  armed = true;
}

FailingMemory::~FailingMemory() { armed = false; }

FailingMemory::Pause::Pause() : armed_(armed.exchange(false)) {}
FailingMemory::Pause::~Pause() { armed = armed_; }

bool FailingMemory::failed() { return any_failed; }
std::int64_t FailingMemory::live_blocks() { return blocks; }

}  // namespace geode::test

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

// All that the sanitizer has of its own, as it tells where a block comes from.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return geode::test::must_fail() ? nullptr : std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size) {
  void* block = operator new(size, std::nothrow);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size, std::nothrow);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { std::free(block); }

#else

// Those of the C++ library call these.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);

static void* counted(void* block) {
  if (block != nullptr) ++geode::test::blocks;
  return block;
}
static bool refused() {
  if (!geode::test::must_fail()) return false;
  errno = ENOMEM;
  return true;
}

void* malloc(std::size_t size) { return refused() ? nullptr : counted(__libc_malloc(size)); }
void* calloc(std::size_t count, std::size_t size) {
  return refused() ? nullptr : counted(__libc_calloc(count, size));
}
void* realloc(void* block, std::size_t size) {
  if (refused()) return nullptr;
  void* const moved = __libc_realloc(block, size);
  return block == nullptr ? counted(moved) : moved;
}
void* memalign(std::size_t alignment, std::size_t size) {
  return refused() ? nullptr : counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  void* const block = memalign(alignment, size);
  if (block == nullptr) return ENOMEM;
  *out = block;
  return 0;
}
void free(void* block) {
  if (block != nullptr) --geode::test::blocks;
  __libc_free(block);
}
}

#endif
