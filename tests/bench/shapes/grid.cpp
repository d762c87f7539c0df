#include <cmath>

#include "shapes/shape.hpp"

// Cells of a square, each with a step to the right and one down: many equally short ways, no hubs.

namespace geode::bench {

namespace {

struct Data {
  std::uint32_t width = 0;
  Edges steps;
  Neighbours out, in;
  std::vector<std::int64_t> row, height;
};

std::string three_hops(const Data& data) {
  std::uint64_t paths = 0;
  for (std::uint32_t b = 0; b < data.out.nodes(); ++b) {
    std::uint64_t further = 0;
    for (const std::uint32_t c : data.out.of(b)) further += data.out.degree(c);
    paths += further * data.in.degree(b);
  }
  return std::to_string(paths);
}

/// Both ways around each square, which begin with different edges.
std::string squares(const Data& data) {
  std::vector<std::uint32_t> ways(data.out.nodes());
  std::uint64_t count = 0;
  for (std::uint32_t a = 0; a < data.out.nodes(); ++a) {
    for (const std::uint32_t b : data.out.of(a)) {
      for (const std::uint32_t d : data.out.of(b)) count += ways[d]++;
    }
    for (const std::uint32_t b : data.out.of(a)) {
      for (const std::uint32_t d : data.out.of(b)) ways[d] = 0;
    }
  }
  return std::to_string(2 * count);
}

std::string high_cells(const Data& data) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < data.row.size(); ++i) {
    count += data.height[i] > 900 && data.row[i] < 50 ? 1 : 0;
  }
  return std::to_string(count);
}

}  // namespace

Shape grid(std::uint32_t edges) {
  auto data = std::make_shared<Data>();
  data->width = static_cast<std::uint32_t>(std::sqrt(edges / 2.0)) + 8;
  const std::uint32_t width = data->width, cells = width * width;
  Numbers numbers(12);
  for (std::uint32_t cell = 0; cell < cells; ++cell) {
    data->row.push_back(cell / width);
    data->height.push_back(numbers.below(1000));
    if (cell % width + 1 < width) data->steps.emplace_back(cell, cell + 1);
    if (cell + width < cells) data->steps.emplace_back(cell, cell + width);
  }
  data->out = Neighbours(cells, data->steps);
  data->in = Neighbours(cells, data->steps, true);
  Shape shape;
  shape.name = "grid";
  shape.nodes = {{{"Cell"}, cells, {}, {{"row", data->row, {}}, {"height", data->height, {}}}}};
  shape.edges = {{"STEP", "Cell", "Cell", &data->steps}};
  const Data& d = *data;
  const std::uint32_t middle = (width / 2) * width + width / 2;
  const std::uint32_t near = middle + 3 * width + 3;
  shape.questions = {
      {"three_hops",
       "MATCH (:Cell)-[:STEP]->(:Cell)-[:STEP]->(:Cell)-[:STEP]->(:Cell) RETURN count(*)",
       {},
       [&d] { return three_hops(d); }},
      {"squares",
       "MATCH (a:Cell)-[:STEP]->(b:Cell)-[:STEP]->(d:Cell), (a)-[:STEP]->(c:Cell)-[:STEP]->(d) "
       "RETURN count(*)",
       {},
       [&d] { return squares(d); }},
      {"across",
       "MATCH p = ANY SHORTEST (a:Cell {id: $a})-[:STEP]->*(b:Cell {id: $b}) RETURN path_length(p)",
       {{"a", 0}, {"b", cells - 1}},
       [&d, cells] { return std::to_string(distance({&d.out}, 0, cells - 1)); }},
      {"short_way",
       "MATCH p = ANY SHORTEST (a:Cell {id: $a})-[:STEP]-*(b:Cell {id: $b}) RETURN path_length(p)",
       {{"a", near}, {"b", middle}},
       [&d, middle, near] {
         return std::to_string(distance({&d.out, &d.in}, near, middle));
       }},
      {"around",
       "MATCH (:Cell {id: $id})-[:STEP]-{1,6}(b:Cell) RETURN count(DISTINCT b)",
       {{"id", middle}},
       [&d, middle] {
         return std::to_string(reachable({&d.out, &d.in}, middle, 6).size());
       }},
      {"high_cells",
       "MATCH (c:Cell) WHERE c.height > 900 AND c.row < 50 RETURN count(*)",
       {},
       [&d] { return high_cells(d); }},
  };
  shape.data = std::move(data);
  return shape;
}

}  // namespace geode::bench
