// Changes a database of the social network at random places, an edge in a transaction of its own,
// and leaves merging what was written to the engine.
//
//   geode_churn DATABASE [--inserts N] [--deletes N]
//
// Edges of both labels between people are inserted and deleted in turn, the same ones in every run.
// Prints one JSON line.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include <geode/geode.hpp>
#include "measure.hpp"

namespace {

constexpr const char* kPeople = "MATCH (p:Person) RETURN max(p.id)";
constexpr const char* kInsert[] = {
    "MATCH (a:Person {id: $a}), (b:Person {id: $b}) INSERT (a)-[:Follows]->(b)",
    "MATCH (a:Person {id: $a}), (b:Person {id: $b}) INSERT (a)-[:Knows {since: 20240101}]->(b)"};
constexpr const char* kDelete[] = {"MATCH (a:Person {id: $a})-[e:Follows]->() LIMIT 1 DELETE e",
                                   "MATCH (a:Person {id: $a})-[e:Knows]->() LIMIT 1 DELETE e"};

void churn(geode::Database& database, long inserts, long deletes) {
  geode::Session session = database.session();
  long people = 0;
  for (const geode::Row& row : session.execute(kPeople)) people = row[0].as_int64();
  geode::PreparedStatement insert[] = {session.prepare(kInsert[0]), session.prepare(kInsert[1])};
  geode::PreparedStatement erase[] = {session.prepare(kDelete[0]), session.prepare(kDelete[1])};
  std::mt19937_64 random(11);
  const auto person = [&] {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(people)) + 1;
  };
  const double wall = geode::bench::wall_seconds(), cpu = geode::bench::cpu_seconds();
  long inserted = 0, deleted = 0;
  while (inserted < inserts || deleted < deletes) {
    const bool follows = random() % 4 != 0;
    // As often as it takes to come to both ends together.
    if (deleted * inserts < inserted * deletes || inserted == inserts) {
      geode::Result result = erase[follows ? 0 : 1].execute({{"a", person()}});
      deleted += static_cast<long>(result.consume().counters.edges_deleted);
    } else {
      // Now and then both are one.
      insert[follows ? 0 : 1].execute({{"a", person()}, {"b", person()}}).consume();
      ++inserted;
    }
  }
  std::printf(
      "{\"engine\":\"geode\",\"query\":\"CHURN\",\"inserted\":%ld,\"deleted\":%ld,"
      "\"wall_s\":%.6g,\"cpu_s\":%.6g}\n",
      inserted, deleted, geode::bench::wall_seconds() - wall, geode::bench::cpu_seconds() - cpu);
}

}  // namespace

int main(int argc, char** argv) {
  long inserts = 100'000, deletes = 20'000;
  for (int i = 2; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--inserts") == 0) inserts = std::atol(argv[i + 1]);
    if (std::strcmp(argv[i], "--deletes") == 0) deletes = std::atol(argv[i + 1]);
  }
  if (argc % 2 != 0 || inserts < 0 || deletes < 0) {
    std::fprintf(stderr, "usage: geode_churn DATABASE [--inserts N] [--deletes N]\n");
    return 2;
  }
  try {
    geode::Options options;
    options.create_if_missing = false;
    geode::Database database(argv[1], options);
    churn(database, inserts, deletes);
    return 0;
  } catch (const geode::Error& error) {
    std::fprintf(stderr, "geode_churn: %s\n", error.what());
    return 1;
  }
}
