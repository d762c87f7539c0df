#include <cstdint>
#include <iostream>

#include <geode/geode.hpp>

int main() {
  geode::Database database;
  database.execute("INSERT (:Word {text: 'hello'})-[:BEFORE]->(:Word {text: 'world'})");
  const std::int64_t words = database.query("MATCH (w:Word) RETURN count(*)").single().as_int64();
  std::cout << "geode " << GEODE_VERSION << ": " << words << " words\n";
  return words == 2 ? 0 : 1;
}
