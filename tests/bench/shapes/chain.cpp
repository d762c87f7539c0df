#include <algorithm>

#include "shapes/shape.hpp"

// One long row of links: paths as long as the graph, one neighbour each.

namespace geode::bench {

namespace {

struct Data {
  Edges next;
  Neighbours out;
  std::vector<std::int64_t> weight;
};

std::string window(const Data& data, std::uint32_t from, std::uint32_t steps) {
  std::int64_t sum = 0;
  for (const std::uint32_t node : reachable({&data.out}, from, steps)) sum += data.weight[node];
  return std::to_string(sum);
}

std::string lows(const Data& data) {
  std::uint64_t count = 0;
  for (std::size_t i = 1; i + 1 < data.weight.size(); ++i) {
    count += data.weight[i] < data.weight[i - 1] && data.weight[i] < data.weight[i + 1] ? 1 : 0;
  }
  return std::to_string(count);
}

std::string three_hops(const Data& data) {
  std::uint64_t count = 0;
  for (std::uint32_t a = 0; a < data.out.nodes(); ++a) {
    for (const std::uint32_t b : data.out.of(a)) {
      for (const std::uint32_t c : data.out.of(b)) count += data.out.degree(c);
    }
  }
  return std::to_string(count);
}

}  // namespace

Shape chain(std::uint32_t edges) {
  auto data = std::make_shared<Data>();
  const std::uint32_t links = edges + 1;
  Numbers numbers(14);
  for (std::uint32_t i = 0; i < links; ++i) {
    data->weight.push_back(numbers.below(1000));
    if (i + 1 < links) data->next.emplace_back(i, i + 1);
  }
  data->out = Neighbours(links, data->next);
  Shape shape;
  shape.name = "chain";
  shape.nodes = {{{"Link"}, links, {}, {{"weight", data->weight, {}}}}};
  shape.edges = {{"NEXT", "Link", "Link", &data->next}};
  const Data& d = *data;
  // A path of more edges than this is no question of anybody.
  const std::uint32_t far = std::min(edges, 100'000U);
  shape.questions = {
      {"far",
       "MATCH p = ANY SHORTEST (a:Link {id: $a})-[:NEXT]->*(b:Link {id: $b}) RETURN path_length(p)",
       {{"a", 0}, {"b", far}},
       [&d, far] { return std::to_string(distance({&d.out}, 0, far)); }},
      {"all_after",
       "MATCH (:Link {id: $id})-[:NEXT]->+(b) RETURN count(DISTINCT b)",
       {{"id", links - 1 - far}},
       [&d, links, far] {
         return std::to_string(reachable({&d.out}, links - 1 - far, links).size());
       }},
      {"window",
       "MATCH (:Link {id: $id})-[:NEXT]->{1,50}(b) RETURN sum(b.weight)",
       {{"id", links / 2}},
       [&d, links] { return window(d, links / 2, 50); }},
      {"lows",
       "MATCH (a:Link)-[:NEXT]->(b:Link)-[:NEXT]->(c:Link) "
       "WHERE b.weight < a.weight AND b.weight < c.weight RETURN count(*)",
       {},
       [&d] { return lows(d); }},
      {"three_hops",
       "MATCH (:Link)-[:NEXT]->()-[:NEXT]->()-[:NEXT]->() RETURN count(*)",
       {},
       [&d] { return three_hops(d); }},
  };
  shape.data = std::move(data);
  return shape;
}

}  // namespace geode::bench
