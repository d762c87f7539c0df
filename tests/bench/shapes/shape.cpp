#include "shapes/shape.hpp"

#include <algorithm>

namespace geode::bench {

Neighbours::Neighbours(std::uint32_t nodes, const Edges& edges, bool reversed)
    : offsets_(std::size_t{nodes} + 2) {
  for (const auto& [from, to] : edges) ++offsets_[(reversed ? to : from) + 2];
  for (std::size_t i = 2; i < offsets_.size(); ++i) offsets_[i] += offsets_[i - 1];
  ends_.resize(edges.size());
  for (const auto& [from, to] : edges) {
    ends_[offsets_[(reversed ? to : from) + 1]++] = reversed ? from : to;
  }
  offsets_.pop_back();
  for (std::uint32_t i = 0; i < nodes; ++i) {
    std::sort(ends_.begin() + offsets_[i], ends_.begin() + offsets_[i + 1]);
  }
}

std::vector<std::uint32_t> reachable(const std::vector<const Neighbours*>& ways,
                                     std::uint32_t start, std::uint32_t steps) {
  std::vector<bool> seen(ways[0]->nodes());
  std::vector<std::uint32_t> found, frontier{start}, next;
  for (std::uint32_t step = 0; step < steps && !frontier.empty(); ++step) {
    next.clear();
    for (const std::uint32_t node : frontier) {
      for (const Neighbours* way : ways) {
        for (const std::uint32_t to : way->of(node)) {
          if (seen[to]) continue;
          seen[to] = true;
          next.push_back(to);
        }
      }
    }
    found.insert(found.end(), next.begin(), next.end());
    frontier.swap(next);
  }
  return found;
}

std::int64_t distance(const std::vector<const Neighbours*>& ways, std::uint32_t from,
                      std::uint32_t to) {
  std::vector<bool> seen(ways[0]->nodes());
  std::vector<std::uint32_t> frontier{from}, next;
  seen[from] = true;
  for (std::int64_t length = 0; !frontier.empty(); ++length) {
    next.clear();
    for (const std::uint32_t node : frontier) {
      if (node == to) return length;
      for (const Neighbours* way : ways) {
        for (const std::uint32_t other : way->of(node)) {
          if (seen[other]) continue;
          seen[other] = true;
          next.push_back(other);
        }
      }
    }
    frontier.swap(next);
  }
  return -1;
}

void append_row(std::string& text, std::initializer_list<std::string> values) {
  if (!text.empty()) text += ';';
  for (const std::string& value : values) {
    if (&value != values.begin()) text += ',';
    text += value;
  }
}

std::string tagged(std::string_view tag, std::uint32_t number) {
  std::string text(tag);
  text += std::to_string(number);
  return text;
}

std::string largest(std::vector<std::pair<std::int64_t, std::uint32_t>> values, std::size_t count) {
  count = std::min(count, values.size());
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(values.begin(), middle, values.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    append_row(text, {std::to_string(values[i].second), std::to_string(values[i].first)});
  }
  return text;
}

}  // namespace geode::bench
