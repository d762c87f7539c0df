#include <algorithm>

#include "shapes/shape.hpp"

// Items that have any of the labels A, B, C and D beside their own, and random edges among them.

namespace geode::bench {

namespace {

constexpr std::uint32_t kA = 1, kB = 2, kC = 4, kD = 8;

struct Data {
  Edges links;
  Neighbours out, in;
  std::vector<std::uint32_t> labels;
  std::vector<std::int64_t> score;
};

std::string count_labelled(const Data& data, std::uint32_t with, std::uint32_t without) {
  std::uint64_t count = 0;
  for (const std::uint32_t labels : data.labels) {
    count += (labels & with) == with && (labels & without) == 0 ? 1 : 0;
  }
  return std::to_string(count);
}

std::string score_of_any(const Data& data, std::uint32_t any) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < data.labels.size(); ++i) {
    if ((data.labels[i] & any) != 0) sum += data.score[i];
  }
  return std::to_string(sum);
}

std::string steps(const Data& data) {
  std::uint64_t count = 0;
  for (const auto& [from, to] : data.links) {
    count +=
        (data.labels[from] & (kA | kB)) == kA && (data.labels[to] & (kC | kD)) == (kC | kD) ? 1 : 0;
  }
  return std::to_string(count);
}

std::string two_hops(const Data& data) {
  std::uint64_t count = 0;
  for (std::uint32_t b = 0; b < data.labels.size(); ++b) {
    if ((data.labels[b] & kB) == 0) continue;
    std::uint64_t before = 0, after = 0;
    for (const std::uint32_t a : data.in.of(b)) before += (data.labels[a] & kA) != 0 ? 1 : 0;
    for (const std::uint32_t c : data.out.of(b)) after += (data.labels[c] & kC) != 0 ? 1 : 0;
    count += before * after;
  }
  return std::to_string(count);
}

std::string groups(const Data& data) {
  std::vector<std::uint64_t> count(16);
  for (const std::uint32_t labels : data.labels) ++count[labels];
  std::uint64_t most = 0;
  for (std::uint32_t labels = 0; labels < 16; ++labels) {
    if ((labels & kD) != 0) most = std::max(most, count[labels]);
  }
  return std::to_string(most);
}

}  // namespace

Shape many_labels(std::uint32_t edges) {
  auto data = std::make_shared<Data>();
  const std::uint32_t items = edges / 8 + 40;
  Numbers numbers(16);
  for (std::uint32_t i = 0; i < items; ++i) {
    data->labels.push_back(numbers.below(16) & (numbers.below(4) == 0 ? 15U : 7U));
    data->score.push_back(numbers.below(1000));
  }
  while (data->links.size() < edges) {
    const std::uint32_t from = numbers.below(items), to = numbers.below(items);
    if (from != to) data->links.emplace_back(from, to);
  }
  data->out = Neighbours(items, data->links);
  data->in = Neighbours(items, data->links, true);
  Shape shape;
  shape.name = "many_labels";
  for (std::uint32_t labels = 0; labels < 16; ++labels) {
    NodeTable table{{"Item"}, 0, {}, {{"score", {}, {}}}};
    for (std::uint32_t bit = 0; bit < 4; ++bit) {
      if ((labels >> bit & 1) != 0) table.labels.emplace_back(1, static_cast<char>('A' + bit));
    }
    for (std::uint32_t i = 0; i < items; ++i) {
      if (data->labels[i] != labels) continue;
      table.ids.push_back(i);
      table.columns[0].integers.push_back(data->score[i]);
    }
    table.count = static_cast<std::uint32_t>(table.ids.size());
    if (table.count > 0) shape.nodes.push_back(std::move(table));
  }
  shape.edges = {{"LINK", "Item", "Item", &data->links}};
  const Data& d = *data;
  shape.questions = {
      {"and_not",
       "MATCH (n:A&B&!C) RETURN count(*)",
       {},
       [&d] { return count_labelled(d, kA | kB, kC); }},
      {"any", "MATCH (n:A|D) RETURN sum(n.score)", {}, [&d] { return score_of_any(d, kA | kD); }},
      {"steps", "MATCH (:A&!B)-[:LINK]->(:C&D) RETURN count(*)", {}, [&d] { return steps(d); }},
      {"two_hops",
       "MATCH (:A)-[:LINK]->(:B)-[:LINK]->(:C) RETURN count(*)",
       {},
       [&d] { return two_hops(d); }},
      {"groups",
       "MATCH (n:D) RETURN labels(n) AS l, count(*) AS n NEXT RETURN max(n) AS most",
       {},
       [&d] { return groups(d); }},
  };
  shape.data = std::move(data);
  return shape;
}

}  // namespace geode::bench
