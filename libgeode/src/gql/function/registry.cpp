#include "gql/function/registry.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace geode::gql {

namespace {

std::string fold(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`; `limit` when
/// it takes as many or more.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference >= limit) return limit;
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return std::min(previous[b.size()], limit);
}

}  // namespace

struct FunctionRegistry::Impl {
  // Keyed by the folded name; nodes of a map keep their address, and the order makes listings
  // stable.
  std::map<std::string, ScalarFunction, std::less<>> scalars;
  std::map<std::string, AggregateFunction, std::less<>> aggregates;
};

FunctionRegistry::FunctionRegistry() : impl_(new Impl) {}

FunctionRegistry::~FunctionRegistry() { delete impl_; }

FunctionRegistry::FunctionRegistry(const FunctionRegistry& other) : impl_(new Impl(*other.impl_)) {}

const FunctionRegistry& FunctionRegistry::builtin() {
  struct Builtin : FunctionRegistry {
    Builtin() {
      register_numeric_functions(*this);
      register_string_functions(*this);
      register_list_functions(*this);
      register_null_functions(*this);
      register_temporal_functions(*this);
      register_graph_functions(*this);
      register_conversion_functions(*this);
      register_session_functions(*this);
      register_aggregates(*this);
    }
  };
  static const Builtin registry;
  return registry;
}

const ScalarFunction* FunctionRegistry::find_scalar(std::string_view name) const {
  const auto found = impl_->scalars.find(fold(name));
  return found == impl_->scalars.end() ? nullptr : &found->second;
}

const AggregateFunction* FunctionRegistry::find_aggregate(std::string_view name) const {
  const auto found = impl_->aggregates.find(fold(name));
  return found == impl_->aggregates.end() ? nullptr : &found->second;
}

std::string FunctionRegistry::nearest(std::string_view name) const {
  const std::string folded = fold(name);
  // A third of the letters may be wrong; beyond that a hint misleads more than it helps.
  std::size_t best = std::max<std::size_t>(1, folded.size() / 3) + 1;
  std::string nearest;
  const auto consider = [&](const std::string& key, const std::string& spelling) {
    const std::size_t distance = edit_distance(folded, key, best);
    if (distance < best) {
      best = distance;
      nearest = spelling;
    }
  };
  for (const auto& [key, function] : impl_->scalars) consider(key, function.name);
  for (const auto& [key, function] : impl_->aggregates) consider(key, function.name);
  return nearest;
}

std::vector<const ScalarFunction*> FunctionRegistry::scalars() const {
  std::vector<const ScalarFunction*> all;
  for (const auto& [key, function] : impl_->scalars) all.push_back(&function);
  return all;
}

std::vector<const AggregateFunction*> FunctionRegistry::aggregates() const {
  std::vector<const AggregateFunction*> all;
  for (const auto& [key, function] : impl_->aggregates) all.push_back(&function);
  return all;
}

void FunctionRegistry::add(ScalarFunction function) {
  std::string key = fold(function.name);
  impl_->scalars.insert_or_assign(std::move(key), std::move(function));
}

void FunctionRegistry::add(AggregateFunction function) {
  std::string key = fold(function.name);
  impl_->aggregates.insert_or_assign(std::move(key), std::move(function));
}

}  // namespace geode::gql
