#include "result_text.hpp"
#include "shapes/shape.hpp"

// People, few of whom are known by very many, and where they live.

namespace geode::bench {

namespace {

constexpr std::uint32_t kCities = 50;

struct Data {
  Edges knows, lives_in;
  Neighbours out, in;
  std::vector<std::int64_t> age;
};

std::string two_hops(const Data& data) {
  std::uint64_t paths = 0;
  for (std::uint32_t i = 0; i < data.out.nodes(); ++i) {
    paths += std::uint64_t{data.in.degree(i)} * data.out.degree(i);
  }
  return std::to_string(paths);
}

std::string best_known(const Data& data) {
  std::vector<std::pair<std::int64_t, std::uint32_t>> degrees;
  for (std::uint32_t i = 0; i < data.in.nodes(); ++i) {
    if (data.in.degree(i) > 0) degrees.emplace_back(data.in.degree(i), i);
  }
  return largest(std::move(degrees), 10);
}

/// Ways around `length` (2 or 3) edges, from each node on them.
std::string cycles(const Data& data, int length) {
  std::vector<std::uint32_t> edges_back(data.out.nodes());
  std::uint64_t count = 0;
  for (std::uint32_t a = 0; a < data.out.nodes(); ++a) {
    for (const std::uint32_t from : data.in.of(a)) ++edges_back[from];
    for (const std::uint32_t b : data.out.of(a)) {
      if (length == 2) {
        count += edges_back[b];
      } else {
        for (const std::uint32_t c : data.out.of(b)) count += edges_back[c];
      }
    }
    for (const std::uint32_t from : data.in.of(a)) edges_back[from] = 0;
  }
  return std::to_string(count);
}

std::string ages_by_city(const Data& data) {
  std::vector<std::int64_t> count(kCities), sum(kCities);
  for (const auto& [person, city] : data.lives_in) {
    if (data.age[person] <= 40) continue;
    ++count[city];
    sum[city] += data.age[person];
  }
  std::string text;
  for (std::uint32_t city = 0; city < kCities; ++city) {
    if (count[city] == 0) continue;
    append_row(text,
               {std::to_string(city), std::to_string(count[city]),
                number_text(static_cast<double>(sum[city]) / static_cast<double>(count[city]))});
  }
  return text;
}

}  // namespace

Shape power_law(std::uint32_t edges) {
  auto data = std::make_shared<Data>();
  Numbers numbers(11);
  const std::uint32_t people = edges / 10 + 20;
  for (std::uint32_t i = 0; i < people; ++i) {
    data->age.push_back(18 + numbers.below(60));
    data->lives_in.emplace_back(i, numbers.below(kCities));
  }
  while (data->knows.size() < edges) {
    const std::uint32_t from = numbers.below(people), to = numbers.skewed(people);
    if (from != to) data->knows.emplace_back(from, to);
  }
  data->out = Neighbours(people, data->knows);
  data->in = Neighbours(people, data->knows, true);
  Shape shape;
  shape.name = "power_law";
  shape.nodes = {{{"Person"}, people, {}, {{"age", data->age, {}}}}, {{"City"}, kCities, {}, {}}};
  shape.edges = {{"KNOWS", "Person", "Person", &data->knows},
                 {"LIVES_IN", "Person", "City", &data->lives_in}};
  const Data& d = *data;
  shape.questions = {
      {"lookup",
       "MATCH (p:Person {id: $id}) RETURN p.age",
       {{"id", 7}},
       [&d] { return std::to_string(d.age[7]); }},
      {"one_hop",
       "MATCH (:Person {id: $id})-[:KNOWS]->(q) RETURN count(q)",
       {{"id", 7}},
       [&d] { return std::to_string(d.out.degree(7)); }},
      {"two_hops",
       "MATCH (:Person)-[:KNOWS]->()-[:KNOWS]->() RETURN count(*)",
       {},
       [&d] { return two_hops(d); }},
      {"best_known",
       "MATCH (:Person)-[:KNOWS]->(p:Person) "
       "RETURN p.id AS id, count(*) AS n ORDER BY n DESC, id LIMIT 10",
       {},
       [&d] { return best_known(d); }},
      {"mutual",
       "MATCH (a:Person)-[:KNOWS]->(b:Person)-[:KNOWS]->(a) RETURN count(*)",
       {},
       [&d] { return cycles(d, 2); }},
      {"triangles",
       "MATCH (a:Person)-[:KNOWS]->(b)-[:KNOWS]->(c)-[:KNOWS]->(a) RETURN count(*)",
       {},
       [&d] { return cycles(d, 3); }},
      {"reach",
       "MATCH (:Person {id: $id})-[:KNOWS]->{1,3}(q) RETURN count(DISTINCT q)",
       {{"id", 7}},
       [&d] { return std::to_string(reachable({&d.out}, 7, 3).size()); }},
      {"ages_by_city",
       "MATCH (p:Person)-[:LIVES_IN]->(c:City) WHERE p.age > 40 "
       "RETURN c.id AS id, count(*) AS n, avg(p.age) AS a ORDER BY id",
       {},
       [&d] { return ages_by_city(d); }},
  };
  shape.data = std::move(data);
  return shape;
}

}  // namespace geode::bench
