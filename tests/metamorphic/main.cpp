#include <array>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "evaluate.hpp"
#include "generate.hpp"
#include "number_options.hpp"
#include "relations.hpp"
#include "shrink.hpp"
#include "update.hpp"

namespace geode::metamorphic {
namespace {

using model::chance;
using model::Generator;
using model::Graph;
using model::pick;
using model::Query;
using model::Random;

/// Random graphs of several shapes beside the one that has a bit of everything.
Graph random_graph(Random& random) {
  enum Shape { kAny, kSparse, kHub, kTwins, kLoops, kChain };
  const int shape = pick(random, 0, 9);
  if (shape < kSparse || shape > kChain) return model::random_graph(random);
  Graph graph;
  const int nodes = pick(random, 4, 10);
  const auto properties = [&] {
    model::Properties out;
    for (const char* key : {"n", "f", "s", "b", "m"}) {
      if (chance(random, 40)) out[key] = model::random_property(random, key);
    }
    return out;
  };
  for (int i = 0; i < nodes; ++i) {
    model::Node node{{}, properties()};
    for (const char* label : {"A", "B", "C"}) {
      if (chance(random, 40)) node.labels.insert(label);
    }
    graph.add_node(std::move(node));
  }
  const auto any = [&] { return static_cast<std::uint64_t>(pick(random, 0, nodes - 1)); };
  const auto connect = [&](std::uint64_t from, std::uint64_t to) {
    const std::string label(1, "XXYZ"[pick(random, 0, 3)]);
    graph.add_edge({from, to, label, chance(random, 60) ? properties() : model::Properties()});
  };
  switch (shape) {
    case kSparse:
      for (int i = nodes / 2; i > 0; --i) connect(any(), any());
      break;
    case kHub:
      for (int i = nodes + 2; i > 0; --i) {
        const bool out = chance(random, 60);
        connect(out ? 0 : any(), out ? any() : 0);
      }
      break;
    case kTwins:
      for (int i = 3; i > 0; --i) {
        const std::uint64_t from = any(), to = any();
        for (int j = pick(random, 2, 4); j > 0; --j) {
          connect(chance(random, 80) ? from : to, chance(random, 80) ? to : from);
        }
      }
      break;
    case kLoops:
      for (int i = nodes; i > 0; --i) {
        const std::uint64_t at = any();
        connect(at, chance(random, 50) ? at : any());
      }
      break;
    default:
      for (int i = 0; i < nodes; ++i) {
        const auto at = static_cast<std::uint64_t>(i);
        connect(at, (at + 1) % static_cast<std::uint64_t>(nodes));
      }
  }
  return graph;
}

std::optional<Failure> check(Relations& relations, const Query& query) {
  try {
    return relations.check(query);
  } catch (const model::TooMuchWork&) {
    return std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;  // a query without a meaning, made by leaving something out
  }
}

/// A failing query on a failing graph, both made as small as they can be.
void shrink_and_print(Graph graph, Query query, Failure failure) {
  const std::string relation = failure.relation;
  const auto same = [&](const std::optional<Failure>& other) {
    return other && other->relation == relation;
  };
  const auto fails_on = [&](const Graph& graph, const Query& query) {
    Relations relations(graph);
    return same(check(relations, query));
  };
  if (fails_on(graph, query)) {
    for (int again = 0; again < 2; ++again) {
      Relations relations(graph);
      shrink<Query>(query, [&](const Query& simpler) { return same(check(relations, simpler)); });
      shrink<Graph>(graph, [&](const Graph& simpler) { return fails_on(simpler, query); });
    }
    Relations relations(graph);
    failure = *check(relations, query);
  } else {
    std::cout << "only on a graph that was changed\n";
  }
  std::cout << failure.relation << "\n"
            << model::script(graph) << "\n"
            << failure.statements << "\n\n"
            << failure.what << "\n";
}

struct Tally {
  std::uint64_t queries = 0, updates = 0, left_out = 0, failures = 0;
  std::map<std::string, std::size_t> relations;
};

constexpr int kQueriesOfGraph = 25;

/// One graph, some queries, some updates and some queries again. False when a relation did not
/// hold.
bool run_graph(std::uint64_t seed, Tally& tally) {
  Random random(seed);
  Graph graph = random_graph(random);
  Relations relations(graph);
  std::string history;
  const auto count = [&] {
    for (const auto& [name, number] : relations.counts()) tally.relations[name] += number;
  };
  for (int i = 0; i < kQueriesOfGraph; ++i) {
    if (i >= kQueriesOfGraph / 2 && chance(random, 40)) {
      model::Update update;
      try {
        update = model::random_update(random, graph);
      } catch (const model::TooMuchWork&) {
        ++tally.left_out;
        continue;
      }
      ++tally.updates;
      std::optional<Failure> failure;
      try {
        failure = relations.update(update.text, update.error, update.after);
      } catch (const model::TooMuchWork&) {
        // Some engines have the update and some have not: nothing more can be asked of this graph.
        ++tally.left_out;
        break;
      }
      if (failure) {
        std::cout << "seed " << seed << "\n"
                  << failure->relation << "\n"
                  << model::script(graph) << history << failure->statements << "\n\n"
                  << failure->what << "\n";
        count();
        return false;
      }
      history += update.text + ";\n";
      graph = std::move(update.after);
    }
    Generator generator(random);
    const Query query = chance(random, 50) ? generator.filtered_query() : generator.query();
    std::optional<Failure> failure;
    try {
      failure = relations.check(query);
      ++tally.queries;
    } catch (const model::TooMuchWork&) {
      ++tally.left_out;
    }
    if (!failure) continue;
    std::cout << "seed " << seed << ", query " << i << "\n" << model::text(query) << "\n";
    if (!history.empty()) std::cout << "after\n" << history;
    shrink_and_print(graph, query, *failure);
    count();
    return false;
  }
  count();
  return true;
}

int run(int argc, char** argv) {
  std::uint64_t seed = 1, queries = 500, failures = 1;
  constexpr std::string_view kUsage =
      "usage: metamorphic_test [--seed=N] [--queries=N] [--failures=N]\n"
      "Random queries on random graphs: relations between their answers, and the\n"
      "truth as a slow model finds it. Each graph has a seed of its own, from --seed\n"
      "on. A query that fails is made small, and printed with its graph.\n";
  if (!test::read_numbers(argc, argv,
                          {{"--seed=", seed}, {"--queries=", queries}, {"--failures=", failures}},
                          kUsage)) {
    return 2;
  }
  std::cout << "seed " << seed << std::endl;
  Tally tally;
  while (tally.queries < queries && tally.failures < failures) {
    bool passed = false;
    try {
      passed = run_graph(seed, tally);
    } catch (const std::exception& error) {
      std::cout << "seed " << seed << ": " << error.what() << "\n";
    }
    if (!passed) {
      ++tally.failures;
      std::cout << "again with: metamorphic_test --queries=1 --seed=" << seed << "\n" << std::endl;
    }
    ++seed;
  }
  std::cout << tally.queries << " queries, " << tally.updates << " updates, " << tally.left_out
            << " left out, " << tally.failures << " failures\n";
  for (const auto& [name, number] : tally.relations) {
    std::cout << "  " << name << ": " << number << "\n";
  }
  return tally.failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace geode::metamorphic

int main(int argc, char** argv) { return geode::metamorphic::run(argc, argv); }
