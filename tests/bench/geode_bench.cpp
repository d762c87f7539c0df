// Times a few questions on a random social graph and checks each answer against plain arrays.
//
//   geode_bench [--people N] [--friends N] [--rounds N] [--seed N]
//
// Exit status 1 when an answer is wrong.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <geode/geode.hpp>

namespace {

struct Settings {
  std::uint32_t people = 20'000;
  std::uint32_t friends = 10;  ///< edges of a person, on average
  int rounds = 5;
  std::uint64_t seed = 1;
};

/// The same graph as arrays: the limit of what an answer may cost, and the answers.
struct Arrays {
  std::vector<std::int64_t> age;
  std::vector<std::uint32_t> city;
  std::vector<std::vector<std::uint32_t>> out, in;
};

constexpr std::uint32_t kCities = 50;

Arrays make_arrays(const Settings& settings) {
  Arrays arrays;
  std::mt19937_64 random(settings.seed);
  const std::uint32_t n = settings.people;
  arrays.out.resize(n);
  arrays.in.resize(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    arrays.age.push_back(18 + static_cast<std::int64_t>(random() % 60));
    arrays.city.push_back(static_cast<std::uint32_t>(random() % kCities));
  }
  // A few people are known by many: the square of a uniform number crowds them near zero.
  std::uniform_real_distribution<double> uniform(0, 1);
  for (std::uint64_t e = 0; e < std::uint64_t{n} * settings.friends; ++e) {
    const auto from = static_cast<std::uint32_t>(random() % n);
    const auto to = static_cast<std::uint32_t>(std::pow(uniform(random), 2) * n);
    if (from == to) continue;
    arrays.out[from].push_back(to);
    arrays.in[to].push_back(from);
  }
  return arrays;
}

void load(geode::Database& database, const Arrays& arrays) {
  geode::Transaction transaction = database.begin_write();
  std::vector<geode::NodeId> cities;
  for (std::uint32_t c = 0; c < kCities; ++c) {
    cities.push_back(transaction.insert_node({"City"}, {{"name", "city" + std::to_string(c)}}));
  }
  std::vector<geode::NodeId> people;
  for (std::uint32_t i = 0; i < arrays.age.size(); ++i) {
    people.push_back(transaction.insert_node(
        {"Person"}, {{"id", static_cast<std::int64_t>(i)}, {"age", arrays.age[i]}}));
    transaction.insert_edge(people[i], cities[arrays.city[i]], "LIVES_IN");
  }
  for (std::uint32_t i = 0; i < people.size(); ++i) {
    for (const std::uint32_t to : arrays.out[i]) {
      transaction.insert_edge(people[i], people[to], "KNOWS");
    }
  }
  transaction.commit();
  database.execute("CREATE INDEX person_id FOR (p:Person) ON (p.id)");
}

double milliseconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

class Bench {
 public:
  Bench(geode::Database& database, const Arrays& arrays, int rounds)
      : session_(database.session()), arrays_(arrays), rounds_(rounds) {}

  /// Prints the best time of `text`, whose single value has to be `expected`.
  void question(const char* name, const char* text, std::int64_t expected,
                const geode::Parameters& parameters = {}) {
    geode::PreparedStatement statement = session_.prepare(text);
    double best = 1e300;
    std::int64_t answer = 0;
    for (int i = 0; i < rounds_; ++i) {
      best = std::min(
          best, milliseconds([&] { answer = statement.execute(parameters).single().as_int64(); }));
    }
    const bool right = answer == expected;
    std::printf("%-10s %12.3f ms  %s\n", name, best, right ? "ok" : "WRONG");
    if (!right) {
      std::printf("           answer %lld, expected %lld\n", static_cast<long long>(answer),
                  static_cast<long long>(expected));
      ++wrong_;
    }
  }

  void run() {
    std::int64_t edges = 0;
    std::int64_t two_hops = 0;
    std::int64_t old = 0;
    for (std::uint32_t i = 0; i < arrays_.age.size(); ++i) {
      edges += static_cast<std::int64_t>(arrays_.out[i].size());
      two_hops += static_cast<std::int64_t>(arrays_.in[i].size() * arrays_.out[i].size());
      if (arrays_.age[i] > 60) ++old;
    }
    question("LOOKUP", "MATCH (p:Person {id: $id}) RETURN p.age", arrays_.age[7], {{"id", 7}});
    question("HOP1", "MATCH (:Person {id: $id})-[:KNOWS]->(q) RETURN count(q)",
             static_cast<std::int64_t>(arrays_.out[7].size()), {{"id", 7}});
    question("HOP1ALL", "MATCH (:Person)-[:KNOWS]->(q:Person) RETURN count(*)", edges);
    // No person knows himself, so two steps never take the same edge twice.
    question("HOP2ALL", "MATCH (:Person)-[:KNOWS]->()-[:KNOWS]->() RETURN count(*)", two_hops);
    question("SCAN", "MATCH (p:Person) WHERE p.age > 60 RETURN count(*)", old);
    question("REACH", "MATCH (:Person {id: 7})-[:KNOWS]->{1,3}(q) RETURN count(DISTINCT q)",
             reachable(7, 3));
    question(
        "TOPCITY",
        "MATCH (p:Person)-[:LIVES_IN]->(c) WITH c, count(p) AS n ORDER BY n DESC LIMIT 1 RETURN n",
        largest_city());
    question("MUTUAL", "MATCH (a:Person)-[:KNOWS]->(b)-[:KNOWS]->(a) RETURN count(*)", mutual());
  }

  int wrong() const { return wrong_; }

 private:
  /// Everybody at the end of a walk of 1 to `steps` edges, none of them taken twice.
  std::int64_t reachable(std::uint32_t start, int steps) const {
    std::vector<bool> found(arrays_.age.size());
    std::vector<std::uint32_t> frontier{start};
    for (int step = 0; step < steps; ++step) {
      std::vector<std::uint32_t> next;
      std::vector<bool> in_next(arrays_.age.size());
      for (const std::uint32_t node : frontier) {
        for (const std::uint32_t to : arrays_.out[node]) {
          if (!in_next[to]) next.push_back(to);
          in_next[to] = true;
          found[to] = true;
        }
      }
      frontier = std::move(next);
    }
    return std::count(found.begin(), found.end(), true);
  }

  std::int64_t largest_city() const {
    std::vector<std::int64_t> people(kCities);
    for (const std::uint32_t city : arrays_.city) ++people[city];
    return *std::max_element(people.begin(), people.end());
  }

  std::int64_t mutual() const {
    std::int64_t pairs = 0;
    for (std::uint32_t a = 0; a < arrays_.out.size(); ++a) {
      for (const std::uint32_t b : arrays_.out[a]) {
        pairs += std::count(arrays_.out[b].begin(), arrays_.out[b].end(), a);
      }
    }
    return pairs;
  }

  geode::Session session_;
  const Arrays& arrays_;
  const int rounds_;
  int wrong_ = 0;
};

bool parse(int argc, char** argv, Settings& settings) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::uint64_t number = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--people") == 0) {
      settings.people = static_cast<std::uint32_t>(number);
    } else if (std::strcmp(argv[i], "--friends") == 0) {
      settings.friends = static_cast<std::uint32_t>(number);
    } else if (std::strcmp(argv[i], "--rounds") == 0) {
      settings.rounds = static_cast<int>(number);
    } else if (std::strcmp(argv[i], "--seed") == 0) {
      settings.seed = number;
    } else {
      return false;
    }
  }
  return argc % 2 == 1 && settings.people > 7;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  if (!parse(argc, argv, settings)) {
    std::fprintf(stderr, "usage: geode_bench [--people N] [--friends N] [--rounds N] [--seed N]\n");
    return 2;
  }
  try {
    const Arrays arrays = make_arrays(settings);
    geode::Database database;
    const double loading = milliseconds([&] { load(database, arrays); });
    std::printf("%u people, %u friends each, seed %llu, best of %d\n", settings.people,
                settings.friends, static_cast<unsigned long long>(settings.seed), settings.rounds);
    std::printf("%-10s %12.3f ms\n", "INSERT", loading);
    Bench bench(database, arrays, settings.rounds);
    bench.run();
    return bench.wrong() == 0 ? 0 : 1;
  } catch (const geode::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
