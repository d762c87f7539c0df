#include "graph_model.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <catch2/catch.hpp>

#include "graph/degree_histogram.hpp"
#include "value/compare.hpp"
#include "value/vector.hpp"

namespace geode::test {
namespace {

using namespace geode::graph;

bool identical(const Value& a, const Value& b) { return a.type() == b.type() && a == b; }

std::map<std::string, Value> by_name(const catalog::Catalog& catalog,
                                     const Properties& properties) {
  std::map<std::string, Value> out;
  for (const auto& [key, value] : properties) out[catalog.property_key_name(key)] = value;
  return out;
}

bool identical(const std::map<std::string, Value>& a, const std::map<std::string, Value>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && identical(x.second, y.second);
  });
}

std::vector<NodeId> scan(const GraphTransaction& txn, std::optional<LabelId> label,
                         std::uint32_t step) {
  std::vector<NodeId> out, batch(step);
  for (NodeId from{0};;) {
    const std::uint32_t n = label ? txn.scan_nodes(*label, from, batch.data(), step)
                                  : txn.scan_nodes(catalog::kHomeGraph, from, batch.data(), step);
    out.insert(out.end(), batch.begin(), batch.begin() + n);
    if (n < step) return out;
    from = NodeId{raw(batch[n - 1]) + 1};
  }
}

void compare_nodes(const GraphTransaction& txn, const GraphModel& model, std::mt19937_64& random) {
  const catalog::Catalog& catalog = txn.catalog();
  std::vector<NodeId> all;
  std::size_t wrong = 0;
  for (const auto& [id, node] : model.nodes) {
    all.push_back(id);
    std::set<std::string> labels;
    for (const LabelId label : txn.labels(id)) labels.insert(catalog.label_name(label));
    if (labels != node.labels || !txn.node_exists(id)) ++wrong;
    if (!identical(by_name(catalog, txn.node_properties(id)), node.properties)) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(txn.node_count(catalog::kHomeGraph) == all.size());
  CHECK(scan(txn, std::nullopt, static_cast<std::uint32_t>(1 + random() % 3000)) == all);
  CHECK_FALSE(txn.node_exists(NodeId{txn.node_id_limit()}));

  for (std::uint32_t number = 0; number < catalog.label_count(); ++number) {
    const LabelId label{number};
    std::vector<NodeId> expected;
    for (const auto& [id, node] : model.nodes) {
      if (node.labels.contains(catalog.label_name(label))) expected.push_back(id);
    }
    CHECK(scan(txn, label, static_cast<std::uint32_t>(1 + random() % 3000)) == expected);
    CHECK(txn.node_count(label) == expected.size());
    std::vector<std::uint8_t> mask(txn.node_id_limit()), keep(all.size());
    txn.label_mask(label, mask);
    txn.test_label(label, all.data(), static_cast<std::uint32_t>(all.size()), keep.data());
    wrong = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::uint8_t has =
          model.nodes.at(all[i]).labels.contains(catalog.label_name(label)) ? 1 : 0;
      wrong += mask[raw(all[i])] != has || keep[i] != has || txn.has_label(all[i], label) != has;
    }
    CHECK(wrong == 0);
    CHECK(static_cast<std::size_t>(std::count(mask.begin(), mask.end(), 1)) == expected.size());
  }
}

void compare_adjacency(const GraphTransaction& txn, const GraphModel& model) {
  const catalog::Catalog& catalog = txn.catalog();
  for (std::uint32_t number = 0; number < catalog.edge_label_count(); ++number) {
    const EdgeLabelId label{number};
    const std::string& name = catalog.edge_label_name(label);
    std::uint64_t count = 0;
    std::map<std::tuple<Direction, std::string>, double> pairs;
    std::map<NodeId, std::vector<std::pair<std::uint32_t, std::uint32_t>>> lists[2];
    for (const auto& [id, edge] : model.edges) {
      if (edge.label != name) continue;
      ++count;
      const auto edge_number = static_cast<std::uint32_t>(edge_number_of(id));
      lists[0][edge.source].emplace_back(raw(edge.target), edge_number);
      lists[1][edge.target].emplace_back(raw(edge.source), edge_number);
      for (const auto& l : model.nodes.at(edge.source).labels) ++pairs[{Direction::kOut, l}];
      for (const auto& l : model.nodes.at(edge.target).labels) ++pairs[{Direction::kIn, l}];
    }
    CHECK(txn.edge_count(label) == count);
    for (const Direction direction : {Direction::kOut, Direction::kIn}) {
      const Adjacency& adjacency = txn.adjacency(label, direction);
      std::vector<std::uint32_t> degrees(txn.node_id_limit());
      std::size_t wrong = 0;
      for (int round = 0; round < 2; ++round) {
        for (const auto& [id, node] : model.nodes) {
          auto& expected = lists[direction == Direction::kOut ? 0 : 1][id];
          std::sort(expected.begin(), expected.end());
          adjacency.prefetch(id);
          const Neighbours got = adjacency.neighbours(id);
          bool same = got.size == expected.size();
          for (std::uint32_t i = 0; same && i < got.size; ++i) {
            same = got.nodes[i] == expected[i].first && got.edge_number(i) == expected[i].second;
          }
          wrong += !same || adjacency.degree(id) != got.size;
          if (round == 1) wrong += degrees[raw(id)] != got.size;
        }
        if (round == 0) adjacency.degrees(NodeId{0}, degrees);
      }
      // A part of all nodes, and nodes one by one.
      const std::size_t third = degrees.size() / 3;
      std::vector<std::uint32_t> part(degrees.size() - 2 * third);
      adjacency.degrees(NodeId{third}, part);
      wrong += !std::equal(part.begin(), part.end(),
                           degrees.begin() + static_cast<std::ptrdiff_t>(third));
      std::vector<NodeId> nodes;
      for (std::size_t i = degrees.size(); i-- > 0;) nodes.push_back(NodeId{i});
      std::vector<std::uint32_t> of_nodes(nodes.size());
      std::vector<Neighbours> of_each(nodes.size());
      const auto count = static_cast<std::uint32_t>(nodes.size());
      adjacency.degrees(nodes.data(), count, of_nodes.data());
      adjacency.lists(nodes.data(), count, of_each.data());
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        wrong += of_nodes[i] != degrees[raw(nodes[i])] || of_each[i].size != of_nodes[i];
      }
      CHECK(wrong == 0);
      for (std::uint32_t l = 0; l < catalog.label_count(); ++l) {
        CHECK(txn.edge_count(label, direction, LabelId{l}) ==
              pairs[{direction, catalog.label_name(LabelId{l})}]);
      }
    }
  }
  CHECK(txn.edge_count(catalog::kHomeGraph) == model.edges.size());
}

void compare_edges(const GraphTransaction& txn, const GraphModel& model) {
  const catalog::Catalog& catalog = txn.catalog();
  std::size_t wrong = 0, tried = 0;
  for (const auto& [id, edge] : model.edges) {
    if (!identical(by_name(catalog, txn.edge_properties(id)), edge.properties)) ++wrong;
    // Slow at hubs, so not for each.
    if (++tried % 16 != 0) continue;
    const auto found = txn.find_edge(id);
    wrong += !found || found->source != edge.source || found->target != edge.target;
  }
  CHECK(wrong == 0);
  for (std::uint32_t number = 0; number < catalog.edge_label_count(); ++number) {
    CHECK_FALSE(txn.find_edge(make_edge_id(number, 4000000)).has_value());
  }
}

template <class Elements, class Ids>
void compare_column(const Column& column, const std::string& name, const Elements& elements,
                    const Ids& id_of, std::mt19937_64& random) {
  std::vector<std::uint64_t> ids;
  std::vector<Value> expected;
  for (const auto& [id, element] : elements) {
    const auto number = id_of(id, element);
    if (!number) continue;
    ids.push_back(*number);
    const auto found = element.properties.find(name);
    expected.push_back(found == element.properties.end() ? Value() : found->second);
  }
  std::size_t wrong = 0;
  value::Vector values;
  for (const bool shuffled : {false, true}) {
    if (shuffled) {
      for (std::size_t i = ids.size(); i > 1; --i) {
        const std::size_t j = random() % i;
        std::swap(ids[i - 1], ids[j]);
        std::swap(expected[i - 1], expected[j]);
      }
    }
    for (std::size_t at = 0; at < ids.size();) {
      const auto n = static_cast<std::uint32_t>(
          std::min<std::size_t>(ids.size() - at, 1 + random() % value::kBatchRows));
      column.read(ids.data() + at, n, values);
      for (std::uint32_t i = 0; i < n; ++i) wrong += !identical(values.get(i), expected[at + i]);
      at += n;
    }
  }
  for (std::size_t i = 0; i < ids.size(); i += 7) {
    wrong += !identical(column.get(ids[i]), expected[i]);
  }
  INFO("column " << name);
  CHECK(wrong == 0);
}

void compare_columns(const GraphTransaction& txn, const GraphModel& model,
                     std::mt19937_64& random) {
  const catalog::Catalog& catalog = txn.catalog();
  for (std::uint32_t number = 0; number < catalog.property_key_count(); ++number) {
    const PropertyKeyId key{number};
    const std::string& name = catalog.property_key_name(key);
    compare_column(
        txn.node_column(key), name, model.nodes,
        [](NodeId id, const auto&) { return std::optional(raw(id)); }, random);
    std::uint64_t count = 0;
    std::vector<Value> all;
    for (const auto& [id, node] : model.nodes) {
      const auto found = node.properties.find(name);
      if (found == node.properties.end()) continue;
      ++count;
      all.push_back(found->second);
    }
    const PropertyStatistics statistics = txn.property_statistics(key);
    if (count > 0) CHECK(statistics.count == count);
    for (const Value& value : all) {
      if (!statistics.minimum) break;
      if (value::order(value, *statistics.minimum) < 0 ||
          value::order(value, *statistics.maximum) > 0) {
        FAIL_CHECK("a value of " << name << " lies beyond the bounds");
        break;
      }
    }
    for (std::uint32_t label = 0; label < catalog.edge_label_count(); ++label) {
      const std::string& label_name = catalog.edge_label_name(EdgeLabelId{label});
      compare_column(
          txn.edge_column(EdgeLabelId{label}, key), name, model.edges,
          [&](EdgeId id, const GraphModel::ModelEdge& edge) {
            return edge.label == label_name ? std::optional(edge_number_of(id)) : std::nullopt;
          },
          random);
    }
  }
}

void compare_indexes(const GraphTransaction& txn, const GraphModel& model,
                     std::mt19937_64& random) {
  const catalog::Catalog& catalog = txn.catalog();
  for (const catalog::IndexDefinition& index : catalog.indexes()) {
    const std::string& label = catalog.label_name(index.label);
    std::vector<std::pair<Value, NodeId>> indexed;
    for (const auto& [id, node] : model.nodes) {
      const auto found = node.properties.find(catalog.property_key_name(index.keys[0]));
      if (node.labels.contains(label) && found != node.properties.end()) {
        indexed.emplace_back(found->second, id);
      }
    }
    if (indexed.empty()) continue;
    for (int i = 0; i < 20; ++i) {
      const auto& [value, node] = indexed[random() % indexed.size()];
      const auto properties = model.nodes.at(node).properties;
      std::vector<Value> values;
      for (const PropertyKeyId key : index.keys) {
        const auto at = properties.find(catalog.property_key_name(key));
        values.push_back(at == properties.end() ? Value() : at->second);
      }
      std::vector<NodeId> expected, got;
      for (const auto& [id, other] : model.nodes) {
        bool equal = other.labels.contains(label);
        for (std::size_t k = 0; equal && k < values.size(); ++k) {
          const auto at = other.properties.find(catalog.property_key_name(index.keys[k]));
          equal = at != other.properties.end() && value::equals(at->second, values[k]) == true;
        }
        if (equal) expected.push_back(id);
      }
      txn.seek_equal(index.id, values, got);
      std::sort(got.begin(), got.end());
      CHECK(got == expected);

      IndexRange range;
      if (random() % 4 != 0) range.low = value;
      if (random() % 2 != 0) range.high = indexed[random() % indexed.size()].first;
      range.low_inclusive = random() % 2 == 0;
      range.high_inclusive = random() % 2 == 0;
      std::vector<NodeId> in_range;
      for (const auto& [other, id] : indexed) {
        const auto above = range.low ? value::compare(other, *range.low) : std::nullopt;
        const auto below = range.high ? value::compare(other, *range.high) : std::nullopt;
        const bool low_holds =
            !range.low || (above && (*above > 0 || (range.low_inclusive && *above == 0)));
        const bool high_holds =
            !range.high || (below && (*below < 0 || (range.high_inclusive && *below == 0)));
        if (low_holds && high_holds) in_range.push_back(id);
      }
      got.clear();
      txn.seek_range(index.id, range, got);
      const auto value_of = [&](NodeId id) -> const Value& {
        return model.nodes.at(id).properties.at(catalog.property_key_name(index.keys[0]));
      };
      CHECK(std::is_sorted(got.begin(), got.end(), [&](NodeId a, NodeId b) {
        return value::order(value_of(a), value_of(b)) < 0;
      }));
      std::sort(got.begin(), got.end());
      CHECK(got == in_range);
    }
  }
}

}  // namespace

void compare(const graph::GraphTransaction& txn, const GraphModel& model, std::mt19937_64& random) {
  compare_nodes(txn, model, random);
  compare_adjacency(txn, model);
  compare_edges(txn, model);
  compare_columns(txn, model, random);
  compare_indexes(txn, model, random);
}

void compare_degrees(const GraphTransaction& txn, const GraphModel& model) {
  const catalog::Catalog& catalog = txn.catalog();
  for (std::uint32_t number = 0; number < catalog.edge_label_count(); ++number) {
    const EdgeLabelId label{number};
    std::map<NodeId, std::uint64_t> degrees[2];
    std::uint64_t edges = 0;
    for (const auto& [id, edge] : model.edges) {
      if (edge.label != catalog.edge_label_name(label)) continue;
      ++edges;
      ++degrees[0][edge.source];
      ++degrees[1][edge.target];
    }
    for (const Direction direction : {Direction::kOut, Direction::kIn}) {
      const auto histogram = txn.degree_histogram(label, direction);
      CHECK(histogram.has_value() == (edges > 0));
      if (!histogram) continue;
      std::array<std::uint64_t, DegreeHistogram::kBuckets> nodes{};
      double squares = 0;
      for (const auto& [node, degree] : degrees[direction == Direction::kOut ? 0 : 1]) {
        std::size_t bucket = 0;
        while (degree >> (bucket + 1) != 0) ++bucket;
        ++nodes[bucket];
        squares += static_cast<double>(degree * degree);
      }
      CHECK(histogram->nodes == nodes);
      CHECK(histogram->edges == edges);
      CHECK(histogram->squares == squares);
    }
  }
}

}  // namespace geode::test
