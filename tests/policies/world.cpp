#include "world.hpp"

#include <chrono>

#include <fmt/format.h>

namespace geode::test {

namespace {

constexpr int kNodes = 80, kEdges = 260;
constexpr std::chrono::seconds kLongest{2};

std::string with(const std::string& condition, const std::string& variable) {
  std::string out;
  for (const char c : condition) {
    if (c == '%') {
      out += variable;
    } else {
      out += c;
    }
  }
  return out;
}

/// A condition as a policy says it, and as an administrator does.
struct Form {
  const char* policy;
  const char* meaning;
};

constexpr Form kOfNodes[] = {
    {"owner = current_user() OR owner IS NULL", "%.owner = 'u' OR %.owner IS NULL"},
    {"level <= current_user_level()", "%.level <= 3"},
    {"element.level BETWEEN 1 AND 4 AND element.owner <> 'x'",
     "%.level BETWEEN 1 AND 4 AND %.owner <> 'x'"},
    // Where it fails it does not hold.
    {"12 / element.x > 5", "CASE WHEN %.x <> 0 THEN 12 / %.x > 5 ELSE FALSE END"},
    {"element.s STARTS WITH 'a' OR current_user_role() = 'writer' AND n < 8",
     "%.s STARTS WITH 'a' OR %.n < 8"},
    {"EXISTS { (t:Team) WHERE t.name = element.owner }",
     "EXISTS { (t:Team) WHERE t.name = %.owner }"},
    {"owner IN ['u', 'v'] AND NOT (n = 3)", "%.owner IN ['u', 'v'] AND NOT (%.n = 3)"},
};

constexpr Form kOfEdges[] = {
    {"w < 4", "%.w < 4"},
    {"element.w <> current_user_level()", "%.w <> 3"},
    {"7 / w >= 2", "CASE WHEN %.w <> 0 THEN 7 / %.w >= 2 ELSE FALSE END"},
};

constexpr Form kRestrictive[] = {
    {"element.x <> 1", "%.x <> 1"},
    {"element.n + element.x < 16", "%.n + %.x < 16"},
};

}  // namespace

World::World(std::uint32_t seed) : seed_(seed), random_(seed * 7919 + 1) {
  protect("Document", false);
  protect("Person", false);
  if (pick(3) == 0) protect("Draft", false);
  if (pick(2) == 0) protect("KNOWS", true);
  if (pick(4) == 0) {
    // Rights on labels leave out what has none of them.
    node_labels_ = {"Document", "Person"};
    edge_labels_ = {"LINKS", "KNOWS"};
    rights_.push_back(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON GRAPH * LABEL Document, Person, LINKS, KNOWS TO "
        "u");
  }
}

void World::protect(const std::string& label, bool of_edges) {
  std::string condition;
  std::vector<std::string> statements;
  const int policies = pick(4) == 0 ? 2 : 1;
  const char* commands[] = {"", "FOR ALL ", "FOR ALL "};
  for (int i = 0; i < policies; ++i) {
    const Form& form =
        of_edges ? kOfEdges[pick(std::size(kOfEdges))] : kOfNodes[pick(std::size(kOfNodes))];
    condition += (i == 0 ? "(" : " OR (") + std::string(form.meaning) + ")";
    statements.push_back(fmt::format("CREATE POLICY p{} ON (element:{}) {}{}USING ({})", i, label,
                                     commands[pick(3)], pick(2) == 0 ? "TO writer " : "",
                                     form.policy));
  }
  condition = "(" + condition + ")";
  if (!of_edges && pick(4) == 0) {
    const Form& form = kRestrictive[pick(std::size(kRestrictive))];
    condition += " AND " + std::string(form.meaning);
    statements.push_back(fmt::format("CREATE POLICY r ON (element:{}) AS RESTRICTIVE USING ({})",
                                     label, form.policy));
  }
  if (!of_edges && pick(5) == 0) {
    changes_what_he_sees_ = false;
    statements.push_back(
        fmt::format("CREATE POLICY w ON (element:{}) AS RESTRICTIVE FOR {} USING (n < 12)", label,
                    pick(2) == 0 ? "UPDATE" : "DELETE"));
  }
  (of_edges ? edge_policies_ : node_policies_).push_back({label, condition, statements});
}

Database World::make(const Options& options) const {
  Database db(":memory:", options);
  db.execute("CREATE USER admin PASSWORD 'a' ROLE administrator");
  db.execute("CREATE USER u PASSWORD 'a' ROLE writer");
  db.execute("ALTER USER u SET ATTRIBUTE level = 3");
  db.execute("CREATE INDEX FOR (d:Document) ON (d.n)");
  db.execute("CREATE INDEX FOR (p:Person) ON (p.owner, p.n)");
  db.execute("INSERT (:Team {name: 'u'}), (:Team {name: 'v'})");
  std::minstd_rand random(seed_ + 17);
  const auto pick = [&](std::uint32_t below) {
    return static_cast<std::uint32_t>(random() % below);
  };
  constexpr const char* kLabels[] = {":Document",        ":Person", ":Document:Draft",
                                     ":Document:Person", ":Note",   ""};
  constexpr const char* kOwners[] = {"'u'", "'v'", "'x'", "null"};
  constexpr const char* kTexts[] = {"'a1'", "'12'", "'b'", "null", "'ab'"};
  for (int i = 0; i < kNodes; ++i) {
    db.execute(fmt::format("INSERT ({} {{i: {}, n: {}, x: {}, level: {}, owner: {}, s: {}}})",
                           kLabels[pick(6)], i, pick(16), pick(4), pick(6), kOwners[pick(4)],
                           kTexts[pick(5)]));
  }
  for (int i = 0; i < kEdges; ++i) {
    db.execute(
        fmt::format("MATCH (a {{i: {}}}), (b {{i: {}}}) INSERT (a)-[:{} {{w: {}, k: {}}}]->(b)",
                    pick(kNodes), pick(kNodes), pick(3) == 0 ? "KNOWS" : "LINKS", pick(6), i));
  }
  for (const std::vector<Protection>* all : {&node_policies_, &edge_policies_}) {
    for (const Protection& each : *all) {
      for (const std::string& statement : each.statements) db.execute(statement);
    }
  }
  for (const std::string& right : rights_) db.execute(right);
  return db;
}

std::string World::sees(const std::string& variable, const std::vector<Protection>& policies,
                        const std::vector<std::string>& granted) const {
  std::string out = "TRUE";
  if (!granted.empty()) out = fmt::format("{} IS LABELED {}", variable, fmt::join(granted, "|"));
  for (const Protection& each : policies) {
    out += fmt::format(" AND (NOT {} IS LABELED {} OR coalesce({}, FALSE))", variable, each.label,
                       with(each.condition, variable));
  }
  return "(" + out + ")";
}

std::string World::sees_node(const std::string& variable) const {
  return sees(variable, node_policies_, node_labels_);
}

std::string World::sees_edge(const std::string& variable) const {
  return sees(variable, edge_policies_, edge_labels_);
}

void World::change_hidden(Database& database, std::uint32_t seed) const {
  std::minstd_rand random(seed);
  const auto pick = [&](std::uint32_t below) {
    return static_cast<std::uint32_t>(random() % below);
  };
  Session admin = database.session("admin");
  const std::string seen = dump_seen(database);
  for (int i = 0; i < kNodes; ++i) {
    const std::string node = fmt::format("MATCH (n {{i: {}}}) WHERE NOT {} ", i, sees_node("n"));
    // Undone where it would bring the node into sight.
    const auto change = [&](const std::string& what) {
      admin.execute("START TRANSACTION");
      admin.execute(node + what);
      const bool hidden = !ask(admin, node + "RETURN 1 AS one").rows.empty();
      admin.execute(hidden ? "COMMIT" : "ROLLBACK");
    };
    switch (pick(5)) {
      case 0:
        admin.execute(node + "DETACH DELETE n");
        break;
      case 1:
        change(fmt::format("SET n.n = {}, n.s = 'zz', n.zzz = {}", pick(16), i));
        break;
      case 2:
        change(fmt::format("SET n:Confidential, n.x = {}, n.level = {}", pick(4), pick(9)));
        break;
      case 3:
        change(fmt::format("SET n.owner = 'somebody {}'", i));
        break;
      default:
        admin.execute(node + "INSERT (n)-[:SECRETLY {w: 1}]->(n)");
        admin.execute(fmt::format("{}MATCH (m {{i: {}}}) INSERT (n)-[:LINKS {{w: 1}}]->(m)", node,
                                  pick(kNodes)));
    }
  }
  const std::string edges = fmt::format("MATCH ()-[e]->() WHERE NOT {} ", sees_edge("e"));
  admin.execute(edges + fmt::format("AND e.k % 3 = {} SET e.zzz = 1", pick(3)));
  admin.execute(edges + fmt::format("AND e.k % 4 = {} DELETE e", pick(4)));
  // No policy shows these.
  for (std::uint32_t left = pick(30); left > 0; --left) {
    admin.execute(
        "INSERT (:Document:Draft {n: 15, level: 9, owner: 'somebody'})-[:LINKS {w: 1}]->"
        "(:Person {n: 15, level: 8, owner: 'nobody'})");
  }
  if (dump_seen(database) != seen)
    throw Error(status::kInternal, "a change of what is hidden was seen");
}

namespace {

std::string nodes_where(Database& database, const std::string& condition) {
  Session admin = database.session("admin");
  return ask(admin, "MATCH (n) WHERE " + condition +
                        " RETURN n.i AS i, labels(n) AS l, CAST(properties(n) AS STRING) AS p "
                        "ORDER BY i, p")
      .text;
}

std::string edges_where(Database& database, const std::string& condition) {
  Session admin = database.session("admin");
  return ask(admin, "MATCH (n)-[e]->(m) WHERE " + condition +
                        " RETURN n.i AS i, m.i AS j, type(e) AS t, CAST(properties(e) AS STRING) "
                        "AS p ORDER BY i, j, t, p")
      .text;
}

}  // namespace

std::string World::dump_seen(Database& database) const {
  return nodes_where(database, sees_node("n")) +
         edges_where(database, fmt::format("{} AND {} AND {}", sees_node("n"), sees_node("m"),
                                           sees_edge("e")));
}

std::string World::dump_all(Database& database) const {
  return nodes_where(database, "TRUE") + edges_where(database, "TRUE");
}

std::string World::dump_hidden_nodes(Database& database) const {
  return nodes_where(database, "NOT " + sees_node("n"));
}

std::string World::description() const {
  std::string out;
  for (const std::vector<Protection>* all : {&node_policies_, &edge_policies_}) {
    for (const Protection& each : *all)
      out += fmt::format("{}\n", fmt::join(each.statements, ";\n"));
  }
  for (const std::string& right : rights_) out += right + "\n";
  return out;
}

Answer ask(Session& session, const std::string& statement) {
  Answer out;
  try {
    StatementOptions limits;
    limits.timeout = kLongest;
    Result result = session.execute(statement, {}, limits);
    for (const std::string& column : result.columns()) out.text += column + " ";
    out.text += "\n" + result.plan();
    for (const Row& row : result) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) line += row[i].to_string() + " ";
      out.text += line + "\n";
      out.rows.push_back(std::move(line));
    }
    for (const Notice& notice : result.summary().notices) out.text += notice.message + "\n";
    out.counters = result.summary().counters;
    out.text += fmt::format("{} {} {} {} {} {} {}", out.counters.nodes_created,
                            out.counters.nodes_deleted, out.counters.edges_created,
                            out.counters.edges_deleted, out.counters.properties_set,
                            out.counters.labels_added, out.counters.labels_removed);
  } catch (const Error& error) {
    out.gqlstatus = error.gqlstatus();
    out.text += error.what();
  }
  return out;
}

}  // namespace geode::test
