#include "sample_database.hpp"

#include <algorithm>

namespace geode::test {

void make_sample_database(const std::string& path) {
  Database database(path);
  Session session = database.session();
  const auto run = [&](const std::string& text) { session.execute(text).consume(); };
  run("CREATE CONSTRAINT person_number FOR (p:Person) REQUIRE p.number IS UNIQUE");
  run("CREATE INDEX person_city FOR (p:Person) ON (p.city)");
  run("CREATE INDEX person_age FOR (p:Person) ON (p.age)");
  run("FOR i IN range(0, 5999) INSERT (:Person {number: i, name: 'Person ' || CAST(i AS STRING), "
      "city: 'City ' || CAST(i % 17 AS STRING), age: i % 90, weight: i * 0.25, "
      "live: i % 2 = 0})");
  run("FOR i IN range(0, 1999) INSERT (:Thing&Rare {key: 't' || CAST(i AS STRING), "
      "list: [i, i + 1, 'x']})");
  run("FOR i IN range(0, 19) INSERT (:Note {text: 'begin' || CAST(i AS STRING)})");
  std::string text;
  for (int i = 0; i < 900; ++i) text += "word " + std::to_string(i * 7919 % 1000) + " ";
  run("MATCH (n:Note) SET n.long = '" + text + "' || n.text");
  // A hub in both directions, and many nodes of few edges.
  run("MATCH (h:Person WHERE h.number = 0), (p:Person WHERE p.number > 0) "
      "INSERT (h)-[:KNOWS {since: 1900 + p.number % 120}]->(p), (p)-[:LIKES]->(h)");
  run("MATCH (a:Person), (b:Person WHERE b.number = (a.number * 7 + 3) % 6000) "
      "INSERT (a)-[:KNOWS {since: a.number % 50}]->(b)");
  run("MATCH (t:Thing), (p:Person) WHERE p.number < 30 AND t.key = 't' || CAST(p.number AS STRING) "
      "INSERT (p)~[:NEAR]~(t)");
  database.compact();
  // Space that is free, and changes that are not folded.
  run("MATCH (t:Thing) WHERE t.list[0] > 1500 DETACH DELETE t");
  run("MATCH (p:Person WHERE p.number % 50 = 1) SET p.age = 91, p.name = 'Changed'");
  run("MATCH (p:Person WHERE p.number % 700 = 2) SET p:Marked");
  run("MATCH (a:Person WHERE a.number % 400 = 3), (b:Person WHERE b.number = 5) "
      "INSERT (a)-[:KNOWS {since: 2001}]->(b)");
  run("MATCH (a:Person WHERE a.number = 17)-[k:KNOWS]->() DELETE k");
}

const std::vector<std::string>& sample_questions() {
  static const std::vector<std::string> questions = {
      "MATCH (n) RETURN count(*)",
      "MATCH (p:Person) RETURN p.number, p.name, p.city, p.age, p.weight, p.live",
      "MATCH (t:Thing) RETURN t.key, t.list",
      "MATCH (n:Note) RETURN n.text, n.long",
      "MATCH (m:Marked) RETURN m.number, labels(m)",
      "MATCH (a)-[k:KNOWS]->(b) RETURN a.number, k.since, b.number",
      "MATCH (a)<-[k:LIKES]-(b) RETURN a.number, b.number",
      "MATCH (a:Person)~[:NEAR]~(t:Thing) RETURN a.number, t.key",
      "MATCH (p:Person WHERE p.number = 4321) RETURN p.name",
      "MATCH (p:Person WHERE p.city = 'City 3') RETURN p.number",
      "MATCH (p:Person WHERE p.age >= 80 AND p.age < 95) RETURN p.number",
      "MATCH (a:Person WHERE a.number = 11)-[:KNOWS]->()-[:KNOWS]->(c) RETURN count(c)",
      "MATCH (a:Person WHERE a.number = 0)-[:KNOWS]->(c) RETURN sum(c.number)",
      "MATCH (a:Person)-[k:KNOWS WHERE k.since > 2000]->(b) RETURN count(*)",
      "SHOW INDEXES",
      "SHOW CONSTRAINTS",
  };
  return questions;
}

std::string answer(Session& session, const std::string& question) {
  Result result = session.execute(question);
  std::vector<std::string> rows;
  while (const auto row = result.next()) {
    std::string text;
    for (const Value& value : row->values()) text += value.to_string() + " | ";
    rows.push_back(std::move(text));
  }
  std::sort(rows.begin(), rows.end());
  std::string out;
  for (const std::string& row : rows) out += row + "\n";
  return out;
}

const std::vector<std::string>& sample_changes() {
  static const std::vector<std::string> changes = {
      "INSERT (:Person {number: 10001, name: 'New', city: 'City 3', age: 30})",
      "MATCH (a:Person WHERE a.number = 0), (b:Person WHERE b.number % 100 = 9) "
      "INSERT (a)-[:KNOWS {since: 3000}]->(b)",
      "MATCH (p:Person WHERE p.number % 3 = 0) SET p.age = 17",
      "MATCH (p:Person WHERE p.number % 97 = 5) DETACH DELETE p",
      "MATCH (n:Note) SET n.long = 'short now'",
      "INSERT (:Fresh {text: 'a label of its own'})",
  };
  return changes;
}

}  // namespace geode::test
