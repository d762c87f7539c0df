#include <algorithm>

#include "shapes/shape.hpp"

// Users and the products they bought, each at most once; some products sell much better.

namespace geode::bench {

namespace {

constexpr std::uint32_t kCategories = 20;

struct Data {
  Edges bought;
  Neighbours products_of, users_of;
  std::vector<std::string> category;
  std::vector<std::uint32_t> category_number;
  std::vector<std::int64_t> price;
};

std::string sales(const Data& data) {
  std::vector<std::int64_t> count(kCategories), sum(kCategories);
  for (std::uint32_t p = 0; p < data.users_of.nodes(); ++p) {
    count[data.category_number[p]] += data.users_of.degree(p);
    sum[data.category_number[p]] += data.users_of.degree(p) * data.price[p];
  }
  std::string text;
  for (std::uint32_t c = 0; c < kCategories; ++c) {
    if (count[c] == 0) continue;
    append_row(text, {tagged("c", c + 10), std::to_string(count[c]), std::to_string(sum[c])});
  }
  return text;
}

std::string bought_with(const Data& data, std::uint32_t product) {
  std::vector<std::uint32_t> count(data.users_of.nodes());
  for (const std::uint32_t user : data.users_of.of(product)) {
    for (const std::uint32_t other : data.products_of.of(user)) ++count[other];
  }
  count[product] = 0;
  std::vector<std::pair<std::int64_t, std::uint32_t>> rows;
  for (std::uint32_t p = 0; p < count.size(); ++p) {
    if (count[p] > 0) rows.emplace_back(count[p], p);
  }
  return largest(std::move(rows), 10);
}

std::string pairs(const Data& data) {
  std::uint64_t count = 0;
  for (std::uint32_t u = 0; u < data.products_of.nodes(); ++u) {
    count += std::uint64_t{data.products_of.degree(u)} * (data.products_of.degree(u) - 1);
  }
  return std::to_string(count);
}

std::string big_spenders(const Data& data) {
  std::vector<std::pair<std::int64_t, std::uint32_t>> rows;
  for (std::uint32_t u = 0; u < data.products_of.nodes(); ++u) {
    std::int64_t sum = 0;
    for (const std::uint32_t p : data.products_of.of(u))
      sum += data.price[p] > 90 ? data.price[p] : 0;
    if (sum > 0) rows.emplace_back(sum, u);
  }
  return largest(std::move(rows), 5);
}

std::string one_but_not_other(const Data& data) {
  std::uint64_t count = 0;
  for (std::uint32_t u = 0; u < data.products_of.nodes(); ++u) {
    bool first = false, second = false;
    for (const std::uint32_t p : data.products_of.of(u)) {
      first |= data.category_number[p] == 1;
      second |= data.category_number[p] == 2;
    }
    count += first && !second ? 1 : 0;
  }
  return std::to_string(count);
}

}  // namespace

Shape bipartite(std::uint32_t edges) {
  auto data = std::make_shared<Data>();
  const std::uint32_t users = edges / 8 + 10, products = users / 10 + 30;
  Numbers numbers(13);
  for (std::uint32_t p = 0; p < products; ++p) {
    data->category_number.push_back(numbers.below(kCategories));
    data->category.push_back(tagged("c", data->category_number[p] + 10));
    data->price.push_back(1 + numbers.below(100));
  }
  for (std::uint32_t i = 0; i < edges; ++i) {
    data->bought.emplace_back(numbers.below(users), numbers.skewed(products));
  }
  std::sort(data->bought.begin(), data->bought.end());
  data->bought.erase(std::unique(data->bought.begin(), data->bought.end()), data->bought.end());
  data->products_of = Neighbours(users, data->bought);
  data->users_of = Neighbours(products, [&] {
    Edges reversed;
    for (const auto& [user, product] : data->bought) reversed.emplace_back(product, user);
    return reversed;
  }());
  Shape shape;
  shape.name = "bipartite";
  shape.nodes = {
      {{"User"}, users, {}, {}},
      {{"Product"}, products, {}, {{"category", {}, data->category}, {"price", data->price, {}}}}};
  shape.edges = {{"BOUGHT", "User", "Product", &data->bought}};
  const Data& d = *data;
  shape.questions = {
      {"sales",
       "MATCH (:User)-[:BOUGHT]->(p:Product) "
       "RETURN p.category AS c, count(*) AS n, sum(p.price) AS s ORDER BY c",
       {},
       [&d] { return sales(d); }},
      {"bought_with",
       "MATCH (:Product {id: $id})<-[:BOUGHT]-(:User)-[:BOUGHT]->(q:Product) "
       "RETURN q.id AS id, count(*) AS n ORDER BY n DESC, id LIMIT 10",
       {{"id", 25}},
       [&d] { return bought_with(d, 25); }},
      {"pairs",
       "MATCH (:Product)<-[:BOUGHT]-(:User)-[:BOUGHT]->(:Product) RETURN count(*)",
       {},
       [&d] { return pairs(d); }},
      {"big_spenders",
       "MATCH (u:User)-[:BOUGHT]->(p:Product) WHERE p.price > 90 "
       "RETURN u.id AS id, sum(p.price) AS s ORDER BY s DESC, id LIMIT 5",
       {},
       [&d] { return big_spenders(d); }},
      {"one_but_not_other",
       "MATCH (u:User) WHERE EXISTS { (u)-[:BOUGHT]->(:Product {category: 'c11'}) } "
       "AND NOT EXISTS { (u)-[:BOUGHT]->(:Product {category: 'c12'}) } RETURN count(*)",
       {},
       [&d] { return one_but_not_other(d); }},
  };
  shape.data = std::move(data);
  return shape;
}

}  // namespace geode::bench
