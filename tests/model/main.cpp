#include <algorithm>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "engine.hpp"
#include "evaluate.hpp"
#include "generate.hpp"
#include "number_options.hpp"
#include "temp_directory.hpp"
#include "update.hpp"

namespace geode::model {
namespace {

struct Tally {
  int queries = 0, updates = 0, left_out = 0;
};

/// One graph and what happens to it, all of it given by the seed.
class Round {
 public:
  Round(std::uint64_t seed, Tally& tally) : seed_(seed), random_(seed), tally_(tally) {}

  /// True when the engine did what the model did.
  bool run() {
    graph_ = random_graph(random_);
    const bool on_disk = chance(random_, 15);
    Options optimized, plain;
    optimized.durability = plain.durability = Durability::kNoMetaSync;
    plain.optimize = false;
    const bool index_first = chance(random_, 50);
    engines_.emplace_back("optimizer on", on_disk ? directory_.file("on") : ":memory:", optimized);
    engines_.emplace_back("optimizer off", on_disk ? directory_.file("off") : ":memory:", plain);
    if (index_first) make_indexes();
    for (Engine& engine : engines_) engine.load(graph_);
    history_ = script(graph_);
    if (!index_first) make_indexes();
    if (!same_graph() || !queries(14)) return false;
    for (int i = pick(random_, 1, 3); i > 0; --i) {
      if (!transaction() || !same_graph() || !queries(4)) return false;
      if (on_disk) {
        for (Engine& engine : engines_) engine.reopen();
        history_ += "-- opened again\n";
        if (!same_graph()) return false;
      }
    }
    return sound();
  }

 private:
  bool all(const std::string& statement) {
    history_ += statement + ";\n";
    for (Engine& engine : engines_) {
      try {
        engine.execute(statement);
      } catch (const Error& error) {
        return fail(engine, statement, error.gqlstatus() + " " + error.message());
      }
    }
    return true;
  }

  bool sound() {
    for (Engine& engine : engines_) {
      const std::string damage = engine.damage();
      if (!damage.empty()) return fail(engine, "verify", damage);
    }
    return true;
  }

  void make_indexes() {
    static const std::vector<std::string> kKeys = {"n", "s", "m", "f", "b"};
    for (const char* label : {"A", "B"}) {
      if (!chance(random_, 40)) continue;
      const std::string& key = pick_from(random_, kKeys);
      std::string keys = "x." + key;
      const std::string& second = pick_from(random_, kKeys);
      if (chance(random_, 25) && second != key) keys += ", x." + second;
      all("CREATE INDEX on_" + std::string(label) + " FOR (x:" + label + ") ON (" + keys + ")");
    }
  }

  bool same_graph() {
    for (Engine& engine : engines_) {
      const std::string difference = engine.difference(graph_);
      if (!difference.empty()) return fail(engine, "the graph is not the same", difference);
    }
    return true;
  }

  bool queries(int count) {
    for (int i = 0; i < count; ++i) {
      const Query query = Generator(random_).query();
      if (!check(query)) return false;
    }
    return true;
  }

  bool check(const Query& query) {
    const Projection& returning = query.returning();
    std::vector<bool> bags;
    for (const Item& item : returning.items) bags.push_back(item.kind == Kind::kBag);
    std::vector<std::string> expected;
    try {
      Evaluator evaluator(graph_);
      for (const Row& row : evaluator.run(query)) {
        std::vector<Value> values;
        for (const Item& item : returning.items) values.push_back(row.at(item.alias));
        expected.push_back(
            row_text(values, bags, [&](const Value& value) { return canonical(graph_, value); }));
      }
    } catch (const TooMuchWork&) {
      ++tally_.left_out;
      return true;
    }
    const bool ordered = returning.ordered && query.parts.size() == 1;
    if (!ordered) std::sort(expected.begin(), expected.end());
    ++tally_.queries;
    const std::string statement = text(query);
    for (Engine& engine : engines_) {
      std::vector<std::string> actual;
      try {
        actual = engine.rows(statement, bags);
      } catch (const TooMuchWork&) {
        ++tally_.left_out;
        return true;
      } catch (const Error& error) {
        return fail(engine, statement, error.gqlstatus() + " " + error.message());
      }
      if (!ordered) std::sort(actual.begin(), actual.end());
      const std::string difference = difference_of(expected, actual);
      if (difference.empty()) continue;
      return fail(engine, statement, difference);
    }
    return true;
  }

  bool update() {
    Update update;
    try {
      update = random_update(random_, graph_);
    } catch (const TooMuchWork&) {
      ++tally_.left_out;
      return true;
    }
    ++tally_.updates;
    history_ += update.text + ";" + (update.error.empty() ? "" : "  -- fails") + "\n";
    for (Engine& engine : engines_) {
      std::string error, message;
      try {
        engine.execute(update.text);
      } catch (const Error& thrown) {
        error = thrown.gqlstatus();
        message = thrown.message();
      }
      if (error != update.error) {
        return fail(engine, update.text,
                    "expected error '" + update.error + "', not '" + error + "' " + message);
      }
    }
    graph_ = std::move(update.after);
    failed_ = !update.error.empty();
    return true;
  }

  bool transaction() {
    failed_ = false;
    if (chance(random_, 25)) return update();  // on its own
    if (!all("START TRANSACTION")) return false;
    const Graph before = graph_;
    Graph at_savepoint;
    bool savepoint = false;
    for (int i = pick(random_, 1, 5); i > 0; --i) {
      if (chance(random_, 25)) {
        if (!all("SAVEPOINT here")) return false;
        at_savepoint = graph_;
        savepoint = true;
      }
      if (!update()) return false;
      if (failed_) break;  // nothing but ROLLBACK is possible now
      if (!same_graph() || !queries(1)) return false;
      if (savepoint && chance(random_, 25)) {
        if (!all("ROLLBACK TO here")) return false;
        graph_ = at_savepoint;
        if (!same_graph()) return false;
      }
    }
    if (failed_ || chance(random_, 30)) {
      graph_ = before;
      return all("ROLLBACK");
    }
    return all("COMMIT");
  }

  bool fail(const Engine& engine, const std::string& statement, const std::string& what) {
    std::cout << "seed " << seed_ << ", " << engine.name() << "\n"
              << history_ << "\n"
              << statement << "\n"
              << what << "\n";
    return false;
  }

  const std::uint64_t seed_;
  Random random_;
  Tally& tally_;
  test::TempDirectory directory_;
  std::vector<Engine> engines_;
  Graph graph_;
  std::string history_;
  /// The last update failed, as it had to.
  bool failed_ = false;
};

int run(int argc, char** argv) {
  std::uint64_t seed = 1, rounds = 300, failures = 1;
  constexpr std::string_view kUsage =
      "usage: model_test [--seed=N] [--rounds=N] [--failures=N]\n"
      "Compares the engine with a slow model on random graphs, queries and updates.\n"
      "Every round has a seed of its own, from --seed on; it ends after so many failures.\n";
  if (!test::read_numbers(argc, argv,
                          {{"--seed=", seed}, {"--rounds=", rounds}, {"--failures=", failures}},
                          kUsage)) {
    return 2;
  }
  Tally tally;
  std::uint64_t failed = 0;
  for (std::uint64_t round = seed; round < seed + rounds && failed < failures; ++round) {
    bool passed = false;
    try {
      passed = Round(round, tally).run();
    } catch (const TooMuchWork&) {
      // The graph could not be looked at in time: the rest of the round is left out.
      ++tally.left_out;
      passed = true;
    } catch (const std::exception& error) {
      std::cout << "seed " << round << ": " << error.what() << "\n";
    }
    if (!passed) ++failed;
    if (!passed) std::cout << "again with: model_test --rounds=1 --seed=" << round << "\n\n";
  }
  std::cout << tally.queries << " queries and " << tally.updates << " updates compared, "
            << tally.left_out << " left out, " << failed << " rounds failed\n";
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace geode::model

int main(int argc, char** argv) { return geode::model::run(argc, argv); }
