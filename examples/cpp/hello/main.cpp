// A graph inside a program: a database in memory, an update with parameters, a query, and the same
// graph walked without GQL.

#include <cstdint>
#include <iostream>
#include <string>

#include <geode/geode.hpp>

int main() {
  try {
    geode::Database database;  // in memory; a path keeps it
    database.execute("INSERT (:Person {name: $a})-[:KNOWS {since: 2021}]->(:Person {name: $b})",
                     {{"a", "Ada"}, {"b", "Grace"}});

    geode::Result result =
        database.query("MATCH (p:Person)-[k:KNOWS]->(q) RETURN p.name, q.name, k.since");
    for (const auto& [name, friend_name, since] :
         result.rows<std::string, std::string, std::int64_t>()) {
      std::cout << name << " has known " << friend_name << " since " << since << '\n';
    }

    const geode::Transaction snapshot = database.begin_read();
    for (const geode::NodeId person : snapshot.find_nodes("Person", "name", "Ada")) {
      snapshot.for_each_neighbour(
          person, geode::EdgeDirection::kOut, "KNOWS", [&](const geode::Neighbour& neighbour) {
            std::cout << "neighbour " << snapshot.property(neighbour.node, "name").as_string()
                      << '\n';
            return true;
          });
    }
  } catch (const geode::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
