#include "session/activity.hpp"

#include <algorithm>
#include <utility>

namespace geode::session {

namespace {

template <class Entry>
void set_start(Entry& entry, std::chrono::steady_clock::time_point begin) {
  entry.elapsed = std::chrono::steady_clock::now() - begin;
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch() - entry.elapsed;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  entry.started_seconds = seconds.count();
  entry.started_nanoseconds = static_cast<std::int32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch - seconds).count());
}

}  // namespace

Activity::Ticket::~Ticket() {
  Activity& activity = *session_->activity;
  std::lock_guard lock(activity.mutex_);
  if (place_ == kNowhere) return;
  std::vector<Ticket*>& tickets = activity.tickets_;
  tickets[place_] = tickets.back();
  tickets[place_]->place_ = place_;
  tickets.pop_back();
}

Activity::MemoryUse::MemoryUse(std::shared_ptr<Activity> activity, const base::MemoryBudget& budget)
    : activity_(std::move(activity)), budget_(budget) {
  const std::lock_guard lock(activity_->uses_mutex_);
  place_ = activity_->uses_.size();
  activity_->uses_.push_back(this);
}

Activity::MemoryUse::~MemoryUse() {
  const std::lock_guard lock(activity_->uses_mutex_);
  std::vector<MemoryUse*>& uses = activity_->uses_;
  uses[place_] = uses.back();
  uses[place_]->place_ = place_;
  uses.pop_back();
}

std::uint64_t Activity::used_bytes() const {
  const std::lock_guard lock(uses_mutex_);
  std::uint64_t bytes = 0;
  for (const MemoryUse* use : uses_)
    if (use->in_use_.load(std::memory_order_relaxed)) bytes += use->budget_.used_bytes();
  return bytes;
}

void Activity::enter(Ticket& ticket) {
  std::lock_guard lock(mutex_);
  ticket.id_ = next_id_++;
  tickets_.push_back(&ticket);
  ticket.place_ = tickets_.size() - 1;
}

std::vector<const Activity::Ticket*> Activity::sorted() const {
  std::vector<const Ticket*> tickets(tickets_.begin(), tickets_.end());
  std::sort(tickets.begin(), tickets.end(),
            [](const Ticket* a, const Ticket* b) { return a->id_ < b->id_; });
  return tickets;
}

std::unique_ptr<Activity::Ticket> Activity::begin_query(
    std::shared_ptr<const SessionContext> session, std::shared_ptr<const std::string> text,
    Clock::time_point begin) {
  std::unique_ptr<Ticket> ticket(new Ticket(std::move(session), std::move(text), begin));
  ticket->session_->activity->enter(*ticket);
  return ticket;
}

std::unique_ptr<Activity::Ticket> Activity::begin_transaction(
    std::shared_ptr<const SessionContext> session, bool read_only) {
  std::unique_ptr<Ticket> ticket(new Ticket(std::move(session), nullptr, Clock::now()));
  ticket->read_only_ = read_only;
  ticket->session_->activity->enter(*ticket);
  return ticket;
}

std::vector<gql::RunningQuery> Activity::queries() const {
  std::vector<gql::RunningQuery> queries;
  std::lock_guard lock(mutex_);
  for (const Ticket* ticket : sorted()) {
    if (!ticket->text_) continue;
    gql::RunningQuery& query = queries.emplace_back();
    query.id = std::to_string(ticket->id_);
    query.session = ticket->session_->session;
    query.user = ticket->session_->user;
    query.text = *ticket->text_;
    set_start(query, ticket->begin_);
  }
  return queries;
}

std::vector<gql::OpenTransaction> Activity::transactions() const {
  std::vector<gql::OpenTransaction> transactions;
  std::lock_guard lock(mutex_);
  for (const Ticket* ticket : sorted()) {
    if (ticket->text_) continue;
    gql::OpenTransaction& transaction = transactions.emplace_back();
    transaction.session = ticket->session_->session;
    transaction.user = ticket->session_->user;
    transaction.read_only = ticket->read_only_;
    set_start(transaction, ticket->begin_);
  }
  return transactions;
}

bool Activity::kill(std::string_view id) {
  std::lock_guard lock(mutex_);
  for (const Ticket* ticket : tickets_) {
    if (!ticket->text_ || std::to_string(ticket->id_) != id) continue;
    ticket->session_->interrupt->cancel();
    return true;
  }
  return false;
}

void Activity::interrupt(std::int64_t session) {
  std::lock_guard lock(mutex_);
  for (const Ticket* ticket : tickets_) {
    if (ticket->text_ && ticket->session_->session == session)
      ticket->session_->interrupt->cancel();
  }
}

}  // namespace geode::session
