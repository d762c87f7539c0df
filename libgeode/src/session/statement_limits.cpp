// What a statement may use, and what ends it early.

#include <chrono>
#include <memory>
#include <mutex>

#include "session/session_impl.hpp"

namespace geode {
inline namespace v1 {

base::Interrupt* Session::Impl::renew_interrupt() {
  // Open results and transactions share the context they began in.
  if (context_.use_count() <= 1) {
    interrupt->reset();
  } else {
    auto own = std::make_shared<base::Interrupt>();
    const std::lock_guard lock(interrupt_mutex);
    interrupt.swap(own);
  }
  return interrupt.get();
}

Session::Impl::Begin::Begin(Impl& session, const StatementOptions& options)
    : memory_(session.database->memory_limit(options)),
      limits_(session.renew_interrupt(), &memory_) {
  session.begin_ = std::chrono::steady_clock::now();
  if (options.timeout.count() > 0) session.interrupt->set_timeout(options.timeout);
}

void Session::interrupt_last() {
  const std::lock_guard lock(impl_->interrupt_mutex);
  impl_->interrupt->cancel();
}

void Session::interrupt() {
  interrupt_last();
  impl_->database->activity->interrupt(impl_->id);
}

}  // namespace v1
}  // namespace geode
