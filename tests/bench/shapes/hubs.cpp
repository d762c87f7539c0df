#include <algorithm>

#include "shapes/shape.hpp"

// Spokes that hang on ten hubs; nearly everything is next to a node with very many edges.

namespace geode::bench {

namespace {

constexpr std::uint32_t kHubs = 10;

struct Data {
  Edges serves;
  Neighbours hub_of, spokes_of;
  std::vector<std::int64_t> load;
  std::uint32_t last_of_first = 0;  ///< a spoke of the same hub as the first one
};

std::string loaded(const Data& data, std::uint32_t hub) {
  std::int64_t count = 0, sum = 0;
  for (const std::uint32_t spoke : data.spokes_of.of(hub)) {
    if (data.load[spoke] <= 50) continue;
    ++count;
    sum += data.load[spoke];
  }
  return std::to_string(count) + "," + std::to_string(sum);
}

std::string pairs(const Data& data) {
  std::uint64_t count = 0;
  for (std::uint32_t h = 0; h < kHubs; ++h) {
    const std::uint64_t degree = data.spokes_of.degree(h);
    if (degree > 0) count += degree * (degree - 1);
  }
  return std::to_string(count);
}

std::string biggest(const Data& data) {
  std::vector<std::pair<std::int64_t, std::uint32_t>> rows;
  for (std::uint32_t h = 0; h < kHubs; ++h) {
    if (data.spokes_of.degree(h) > 0) rows.emplace_back(data.spokes_of.degree(h), h);
  }
  return largest(std::move(rows), 3);
}

std::string extremes(const Data& data) {
  std::string text;
  for (std::uint32_t h = 0; h < kHubs; ++h) {
    std::int64_t low = 1000, high = -1;
    for (const std::uint32_t spoke : data.spokes_of.of(h)) {
      low = std::min(low, data.load[spoke]);
      high = std::max(high, data.load[spoke]);
    }
    if (high < 0) continue;
    append_row(text, {std::to_string(h), std::to_string(low), std::to_string(high)});
  }
  return text;
}

}  // namespace

Shape hubs(std::uint32_t edges) {
  auto data = std::make_shared<Data>();
  Numbers numbers(15);
  for (std::uint32_t i = 0; i < edges; ++i) {
    data->load.push_back(numbers.below(100));
    data->serves.emplace_back(i, numbers.below(kHubs));
    if (data->serves[i].second == data->serves[0].second) data->last_of_first = i;
  }
  data->hub_of = Neighbours(edges, data->serves);
  Edges reversed;
  for (const auto& [spoke, hub] : data->serves) reversed.emplace_back(hub, spoke);
  data->spokes_of = Neighbours(kHubs, reversed);
  Shape shape;
  shape.name = "hubs";
  shape.nodes = {{{"Spoke"}, edges, {}, {{"load", data->load, {}}}}, {{"Hub"}, kHubs, {}, {}}};
  shape.edges = {{"SERVES", "Spoke", "Hub", &data->serves}};
  const Data& d = *data;
  shape.questions = {
      {"loaded",
       "MATCH (:Hub {id: $id})<-[:SERVES]-(s:Spoke) WHERE s.load > 50 "
       "RETURN count(*) AS n, sum(s.load) AS total",
       {{"id", 3}},
       [&d] { return loaded(d, 3); }},
      {"pairs",
       "MATCH (:Spoke)-[:SERVES]->(:Hub)<-[:SERVES]-(:Spoke) RETURN count(*)",
       {},
       [&d] { return pairs(d); }},
      {"biggest",
       "MATCH (h:Hub)<-[:SERVES]-(:Spoke) "
       "RETURN h.id AS id, count(*) AS n ORDER BY n DESC, id LIMIT 3",
       {},
       [&d] { return biggest(d); }},
      {"extremes",
       "MATCH (h:Hub)<-[:SERVES]-(s:Spoke) "
       "RETURN h.id AS id, min(s.load) AS low, max(s.load) AS high ORDER BY id",
       {},
       [&d] { return extremes(d); }},
      {"between",
       "MATCH p = ANY SHORTEST (a:Spoke {id: $a})-[:SERVES]-*(b:Spoke {id: $b}) "
       "RETURN path_length(p)",
       {{"a", 0}, {"b", d.last_of_first}},
       // Two spokes of one hub are two edges apart.
       [&d] {
         return std::string(d.hub_of.of(0)[0] == d.hub_of.of(d.last_of_first)[0] ? "2" : "");
       }},
  };
  shape.data = std::move(data);
  return shape;
}

}  // namespace geode::bench
