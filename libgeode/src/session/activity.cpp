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
  if (place_ == kNowhere) return;
  std::lock_guard lock(activity_->mutex_);
  std::vector<Ticket*>& tickets = activity_->tickets_;
  tickets[place_] = tickets.back();
  tickets[place_]->place_ = place_;
  tickets.pop_back();
}

std::unique_ptr<Activity::Ticket> Activity::enter(std::unique_ptr<Ticket> ticket) {
  std::lock_guard lock(mutex_);
  ticket->id_ = next_id_++;
  tickets_.push_back(ticket.get());
  ticket->place_ = tickets_.size() - 1;
  return ticket;
}

std::vector<const Activity::Ticket*> Activity::sorted() const {
  std::vector<const Ticket*> tickets(tickets_.begin(), tickets_.end());
  std::sort(tickets.begin(), tickets.end(),
            [](const Ticket* a, const Ticket* b) { return a->id_ < b->id_; });
  return tickets;
}

std::unique_ptr<Activity::Ticket> Activity::begin_query(
    std::int64_t session, std::string_view user, std::shared_ptr<const std::string> text,
    std::shared_ptr<base::Interrupt> interrupt) {
  std::unique_ptr<Ticket> ticket(new Ticket(shared_from_this()));
  ticket->session_ = session;
  ticket->user_ = user;
  ticket->text_ = std::move(text);
  ticket->interrupt_ = std::move(interrupt);
  return enter(std::move(ticket));
}

std::unique_ptr<Activity::Ticket> Activity::begin_transaction(std::int64_t session,
                                                              std::string_view user,
                                                              bool read_only) {
  std::unique_ptr<Ticket> ticket(new Ticket(shared_from_this()));
  ticket->session_ = session;
  ticket->user_ = user;
  ticket->transaction_ = true;
  ticket->read_only_ = read_only;
  return enter(std::move(ticket));
}

std::vector<gql::RunningQuery> Activity::queries() const {
  std::vector<gql::RunningQuery> queries;
  std::lock_guard lock(mutex_);
  for (const Ticket* ticket : sorted()) {
    if (ticket->transaction_) continue;
    gql::RunningQuery& query = queries.emplace_back();
    query.id = std::to_string(ticket->id_);
    query.session = ticket->session_;
    query.user = ticket->user_;
    query.text = *ticket->text_;
    set_start(query, ticket->begin_);
  }
  return queries;
}

std::vector<gql::OpenTransaction> Activity::transactions() const {
  std::vector<gql::OpenTransaction> transactions;
  std::lock_guard lock(mutex_);
  for (const Ticket* ticket : sorted()) {
    if (!ticket->transaction_) continue;
    gql::OpenTransaction& transaction = transactions.emplace_back();
    transaction.session = ticket->session_;
    transaction.user = ticket->user_;
    transaction.read_only = ticket->read_only_;
    set_start(transaction, ticket->begin_);
  }
  return transactions;
}

bool Activity::kill(std::string_view id) {
  std::lock_guard lock(mutex_);
  for (const Ticket* ticket : tickets_) {
    if (ticket->transaction_ || std::to_string(ticket->id_) != id) continue;
    ticket->interrupt_->cancel();
    return true;
  }
  return false;
}

}  // namespace geode::session
