#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/core.h>

#include <geode/geode.hpp>

namespace geode {
namespace {

/// Columns and rows, or the error, as one text.
std::string answer(Session& session, const std::string& text) {
  std::string out;
  try {
    Result result = session.execute(text);
    for (const std::string& column : result.columns()) out += column + " ";
    out += "\n";
    for (const Row& row : result) {
      for (std::size_t i = 0; i < row.size(); ++i) out += row[i].to_string() + " ";
      out += "\n";
    }
    for (const Notice& notice : result.summary().notices) out += notice.message + "\n";
    const Counters& counters = result.summary().counters;
    out += fmt::format("{} {} {} {} {}", counters.nodes_created, counters.nodes_deleted,
                       counters.edges_deleted, counters.edges_created, counters.properties_set);
  } catch (const Error& error) {
    out += std::string(error.gqlstatus()) + " " + std::string(error.message());
  }
  return out;
}

/// A database of documents and people, of which user `u` sees what has owner 'u' or none. What he
/// does not see is made from `hidden`.
Database make(std::uint32_t hidden) {
  Database db;
  db.execute("CREATE USER admin PASSWORD 'a' ROLE administrator");
  db.execute("CREATE USER u PASSWORD 'a' ROLE writer");
  db.execute("CREATE INDEX FOR (d:Document) ON (d.n)");
  std::mt19937 shared(7), other(hidden);
  for (int i = 0; i < 120; ++i) {
    const bool visible = shared() % 2 == 0;
    std::mt19937& from = visible ? shared : other;
    const char* labels[] = {"Document", "Person", "Document:Draft"};
    const auto label = labels[from() % 3];
    // Of a person it is his name that hides him.
    const std::string owner = visible ? (from() % 2 == 0 ? "'u'" : "null") : "'somebody'";
    db.execute(fmt::format("INSERT (:{} {{i: {}, n: {}, x: {}, owner: {}}})", label, i, from() % 20,
                           from() % 3, owner));
  }
  for (int i = 0; i < 400; ++i) {
    // Edges with a hidden end, or that are hidden themselves, differ; others do not.
    const auto a = shared() % 120, b = shared() % 120, w = shared() % 5;
    const auto hidden_w = other() % 5;
    db.execute(fmt::format(
        "MATCH (a {{i: {}}}), (b {{i: {}}}) "
        "INSERT (a)-[:LINKS {{w: CASE WHEN a.owner = 'somebody' OR b.owner = 'somebody' THEN {} "
        "ELSE {} END}}]->(b)",
        a, b, hidden_w, w));
  }
  for (std::uint32_t i = 0; i < other() % 40; ++i)
    db.execute(
        "INSERT (:Document {n: 3, x: 0, owner: 'somebody'})-[:LINKS]->(:Person {owner: 'x'})");
  db.execute("CREATE POLICY d ON Document USING (owner = current_user_id() OR owner IS NULL)");
  db.execute(
      "CREATE POLICY p ON Person USING (person.owner = current_user() OR person.owner IS NULL)");
  return db;
}

TEST_CASE("a condition on nodes does not stand in the way of edges, whose label it may be, too") {
  Database db;
  for (const char* statement : {"CREATE USER admin PASSWORD 'a' ROLE administrator",
                                "CREATE USER u PASSWORD 'a' ROLE reader",
                                "INSERT (:D {id: 1})-[:L]->(:D {id: 2})-[:D {id: 3}]->(:E {id: 4})",
                                "CREATE POLICY p ON (d:D) USING (EXISTS { (d)-[:L|D]->() })"})
    db.execute(statement);
  Session user = db.session("u");
  CHECK(answer(user, "MATCH (n) RETURN n.id ORDER BY n.id") == "n.id \n1 \n2 \n4 \n0 0 0 0 0");
  CHECK(answer(user, "MATCH (a)-[e:L]->(b) RETURN a.id, b.id") == "a.id b.id \n1 2 \n0 0 0 0 0");
  // The condition says nothing of edges: one with the label is not seen.
  CHECK(answer(user, "MATCH (a)-[e]->{1,3}(b) RETURN b.id") == "b.id \n2 \n0 0 0 0 0");
  CHECK(answer(user, "MATCH ()-[e:D]->() RETURN e.id").starts_with("e.id \n0"));

  db.execute("CREATE POLICY k ON (k:L) USING (EXISTS { (n WHERE n.id = 1)-[x WHERE x = k]->() })");
  CHECK(answer(user, "MATCH (a)-[e:L]->(b) RETURN a.id, b.id") == "a.id b.id \n1 2 \n0 0 0 0 0");
}

TEST_CASE(
    "a property that is the whole condition hides what is not true in it, and tells nothing") {
  Database db;
  for (const char* statement :
       {"CREATE USER admin PASSWORD 'a' ROLE administrator",
        "CREATE USER u PASSWORD 'a' ROLE reader",
        "INSERT (:D {id: 1, flag: true}), (:D {id: 2, flag: false}), (:D {id: 3, flag: 1}), "
        "(:D {id: 4, flag: 'secret'}), (:D {id: 5})",
        "CREATE POLICY p ON D USING (flag)"})
    db.execute(statement);
  Session user = db.session("u");
  CHECK(answer(user, "MATCH (d:D) RETURN d.id") == "d.id \n1 \n0 0 0 0 0");
  CHECK(answer(user, "MATCH (d) WHERE d.id > 1 RETURN count(*)") == "count(*) \n0 \n0 0 0 0 0");
  for (const char* asks_a_property :
       {"flag IS Person OR id = 2", "flag.x = 1", "flag.x", "NOT flag.x IS NULL"}) {
    db.execute(fmt::format("CREATE POLICY q ON D USING ({})", asks_a_property));
    CHECK(answer(user, "MATCH (d:D) RETURN d.id") == "d.id \n1 \n0 0 0 0 0");
    db.execute("DROP POLICY q ON D");
  }
}

class Statements {
 public:
  explicit Statements(std::uint32_t seed) : random_(seed) {}

  std::string read() {
    switch (pick(12)) {
      case 0:
        return fmt::format("MATCH {} WHERE {} RETURN a.i, a.n", node("a"), condition("a"));
      case 1:
        return fmt::format("MATCH {} RETURN count(*), sum(a.n)", node("a"));
      case 2:
        return fmt::format("MATCH {}-[e:LINKS]->{} WHERE {} RETURN a.i, b.i, e.w", node("a"),
                           node("b"), condition("b"));
      case 3:
        return fmt::format("MATCH {}-[:LINKS]->{{1,{}}}{} RETURN a.i, b.i", node("a"), 1 + pick(2),
                           node("b"));
      case 4:
        return fmt::format("MATCH {} OPTIONAL MATCH (a)-[:LINKS]->{} RETURN a.i, count(b)",
                           node("a"), node("b"));
      case 5:
        return fmt::format("MATCH {} WHERE EXISTS {{ (a)<-[:LINKS]-{} }} RETURN a.i", node("a"),
                           node("b"));
      case 6:
        return fmt::format("MATCH p = ANY SHORTEST {}-[:LINKS]->+{} RETURN a.i, b.i, length(p)",
                           node("a", true), node("b", true));
      case 7:
        return fmt::format("MATCH {} RETURN a.x AS x, count(*) AS c, avg(a.n) ORDER BY x",
                           node("a"));
      case 8:
        return fmt::format(
            "MATCH {} RETURN COUNT {{ (a)-[:LINKS]-() }} AS degree, a.i ORDER BY degree "
            "DESC LIMIT 5",
            node("a"));
      case 9:
        return fmt::format("MATCH {} RETURN 10 / a.x", node("a"));
      case 10:
        return fmt::format("MATCH (a:Document {{n: {}}}) RETURN a.i", pick(20));
      default:
        return fmt::format("MATCH (a)-[*1..2]->(b:{}) RETURN DISTINCT b.i", label());
    }
  }

  std::string write() {
    switch (pick(5)) {
      case 0:
        return fmt::format("MATCH {} WHERE {} SET a.n = {}", node("a"), condition("a"), pick(20));
      case 1:
        return fmt::format("MATCH (a {{i: {}}}) {} a", pick(120),
                           pick(2) == 0 ? "DETACH DELETE" : "DELETE");
      case 2:
        return fmt::format("INSERT (:{} {{i: -1, n: {}, owner: {}}})", label(), pick(20),
                           pick(3) == 0 ? "'x'" : "'u'");
      case 3:
        return fmt::format("MERGE (a:Document {{n: {}, owner: 'u'}}) ON MATCH SET a.x = {}",
                           pick(20), pick(3));
      default:
        return fmt::format("MATCH {} SET a.owner = {}", node("a"), pick(2) == 0 ? "'u'" : "'v'");
    }
  }

 private:
  std::uint32_t pick(std::uint32_t below) { return random_() % below; }
  const char* label() {
    constexpr const char* kLabels[] = {"Document", "Person", "Draft"};
    return kLabels[pick(3)];
  }
  std::string node(const std::string& name, bool one = false) {
    std::string out = "(" + name;
    if (pick(3) != 0) out += std::string(":") + label();
    if (one || pick(3) == 0) out += fmt::format(" {{n: {}}}", pick(20));
    return out + ")";
  }
  std::string condition(const std::string& name) {
    switch (pick(4)) {
      case 0:
        return fmt::format("{}.n > {}", name, pick(20));
      case 1:
        return fmt::format("6 / {}.x >= {}", name, pick(6));
      case 2:
        return fmt::format("{}.x IN [{}, {}]", name, pick(3), pick(3));
      default:
        return fmt::format("{}.owner IS NOT NULL", name);
    }
  }

  std::mt19937 random_;
};

TEST_CASE("what a user does not see changes nothing that he sees", "[security]") {
  Database first = make(1), second = make(2);
  Session a = first.session("u"), b = second.session("u"), root = first.session("admin");
  int restricted = 0;
  Statements statements(42);
  for (int i = 0; i < 600; ++i) {
    const std::string text = statements.read();
    INFO(text);
    const std::string seen = answer(a, text);
    REQUIRE(seen == answer(b, text));
    restricted += seen != answer(root, text);
    REQUIRE(answer(a, "EXPLAIN " + text) == answer(b, "EXPLAIN " + text));
    if (i % 10 == 0) {
      const std::string change = statements.write();
      INFO(change);
      REQUIRE(answer(a, change) == answer(b, change));
    }
    if (i % 20 == 0) REQUIRE(answer(a, "PROFILE " + text) == answer(b, "PROFILE " + text));
  }
  // Else the statements ask for nothing that is hidden.
  CHECK(restricted > 200);
  // And what was hidden is as it was.
  const auto hidden =
      "MATCH (n) WHERE (n:Document OR n:Person) AND n.owner IN ['somebody', 'x'] RETURN count(*), "
      "sum(n.n)";
  Database fresh = make(1);
  Session before = fresh.session("admin"), after = first.session("admin");
  CHECK(answer(before, hidden) == answer(after, hidden));
}

TEST_CASE("a policy is the same as its condition in WHERE", "[security]") {
  Database db = make(3);
  Session user = db.session("u"), admin = db.session("admin");
  constexpr const char* kSees = "(%.owner = 'u' OR %.owner IS NULL)";
  const auto sees = [&](std::string name) {
    std::string out = kSees;
    for (std::size_t at; (at = out.find('%')) != std::string::npos;) out.replace(at, 1, name);
    return out;
  };
  const auto both = [&](const std::string& match, const std::string& where,
                        const std::string& rest) {
    INFO(match << rest);
    CHECK(answer(user, match + rest) == answer(admin, match + " WHERE " + where + rest));
  };
  both("MATCH (a)", sees("a"), " RETURN a.i ORDER BY a.i");
  both("MATCH (a:Document)", sees("a"), " RETURN count(*)");
  both("MATCH (a)-[e]->(b)", sees("a") + " AND " + sees("b"),
       " RETURN a.i AS i, b.i AS j, e.w AS w ORDER BY i, j, w");
  both("MATCH (a)-[e]->(b)-[f]->(c:Person)", sees("a") + " AND " + sees("b") + " AND " + sees("c"),
       " RETURN a.x, count(*) AS c ORDER BY a.x");
  both("MATCH (a)-[es:LINKS]->{2}(b {n: 3})",
       sees("a") + " AND " + sees("b") + " AND all(e IN es WHERE " + sees("endNode(e)") + ")",
       " RETURN a.i AS i, b.i AS j ORDER BY i, j");
  CHECK(
      answer(user, "MATCH (a:Person) WHERE EXISTS { (a)-[:LINKS]->(b) } RETURN a.i ORDER BY a.i") ==
      answer(admin, "MATCH (a:Person) WHERE " + sees("a") +
                        " AND EXISTS { (a)-[:LINKS]->(b) WHERE " + sees("b") +
                        " } RETURN a.i ORDER BY a.i"));
}

}  // namespace
}  // namespace geode
