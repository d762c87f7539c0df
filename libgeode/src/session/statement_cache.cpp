#include "session/statement_cache.hpp"

#include <algorithm>
#include <iterator>
#include <time.h>

#include "gql/syntax/parser.hpp"
#include "gql/syntax/print.hpp"
#include "session/security_statements.hpp"

namespace geode::session {

namespace {

/// Most of what a plan takes are the columns of its operators, and of what they compute. A point
/// read takes a third of what this says, a statement of six clauses four fifths
/// (tests/unit/session).
std::uint64_t bytes_of(const CachedStatement& statement) {
  constexpr std::uint64_t kOfStatement = 4 << 10, kOfCharacter = 64, kOfColumn = 16 << 10;
  std::uint64_t bytes = kOfStatement + kOfCharacter * statement.text.size();
  if (!statement.plan) return bytes;
  bytes += statement.plan->memory.used_bytes();
  if (statement.plan->physical) {
    for (const auto& [logical, physical] : statement.plan->physical->origins)
      bytes += kOfColumn * (1 + logical->outputs.size());
  }
  return bytes;
}

std::int64_t coarse_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

std::uint64_t StatementCaches::clear() {
  StatementCache::Entries taken;
  {
    const std::lock_guard lock(mutex_);
    for (StatementCache* cache : caches_) {
      const std::lock_guard one(cache->mutex_);
      while (!cache->used_.empty()) cache->take_last(taken);
    }
  }
  return taken.size();
}

/// A tenth more than is needed, as each time all caches are looked at.
void StatementCaches::make_room() {
  StatementCache::Entries taken;
  const std::lock_guard lock(mutex_);
  while (bytes_ > limit_bytes_ / 10 * 9) {
    StatementCache* oldest = nullptr;
    std::int64_t last_use = 0;
    for (StatementCache* cache : caches_) {
      const std::lock_guard one(cache->mutex_);
      if (cache->used_.empty()) continue;
      if (oldest != nullptr && cache->used_.back().last_use >= last_use) continue;
      oldest = cache;
      last_use = cache->used_.back().last_use;
    }
    if (oldest == nullptr) return;
    const std::lock_guard one(oldest->mutex_);
    if (!oldest->used_.empty()) oldest->take_last(taken);
  }
}

StatementCache::StatementCache(std::shared_ptr<StatementCaches> all) : all_(std::move(all)) {
  const std::lock_guard lock(all_->mutex_);
  all_->caches_.push_back(this);
}

StatementCache::~StatementCache() {
  const std::lock_guard lock(all_->mutex_);
  all_->caches_.erase(std::find(all_->caches_.begin(), all_->caches_.end(), this));
  for (const Entry& entry : used_) all_->bytes_ -= entry.bytes;
}

std::shared_ptr<CachedStatement> StatementCache::get(std::string_view text) {
  std::shared_ptr<CachedStatement> statement = find(text);
  if (!statement) statement = parse(text);
  if (all_->bytes_ > all_->limit_bytes_) all_->make_room();
  return statement;
}

std::shared_ptr<CachedStatement> StatementCache::find(std::string_view text) {
  const std::lock_guard lock(mutex_);
  // It was run since, and has a plan now.
  if (!used_.empty()) note_size(used_.front());
  const auto found = by_text_.find(text);
  if (found == by_text_.end()) return nullptr;
  used_.splice(used_.begin(), used_, found->second);
  used_.front().last_use = coarse_now();
  return used_.front().statement;
}

std::shared_ptr<CachedStatement> StatementCache::parse(std::string_view text) {
  auto statement = std::make_shared<CachedStatement>();
  statement->text = std::string(text);
  statement->statement = gql::parse(statement->text);
  if (has_password(statement->statement.node)) {
    // Nobody else is to read the password: not here, nor in the list of what runs.
    statement->text = gql::print_node(statement->statement.node);
    return statement;
  }
  if (const auto* query = std::get_if<gql::ast::Query>(&statement->statement.node)) {
    statement->modifies = modifies(*query);
  }
  Entries taken;
  const std::lock_guard lock(mutex_);
  used_.push_front({statement, 0, coarse_now()});
  note_size(used_.front());
  by_text_[statement->text] = used_.begin();
  if (used_.size() > kCapacity) take_last(taken);
  return statement;
}

void StatementCache::note_size(Entry& entry) {
  const std::uint64_t bytes = bytes_of(*entry.statement);
  if (bytes == entry.bytes) return;
  all_->bytes_ += bytes - entry.bytes;
  entry.bytes = bytes;
}

void StatementCache::take_last(Entries& taken) {
  all_->bytes_ -= used_.back().bytes;
  by_text_.erase(used_.back().statement->text);
  taken.splice(taken.end(), used_, std::prev(used_.end()));
}

}  // namespace geode::session
