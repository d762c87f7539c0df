#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/geode.hpp>
#include "gql/procedure/registry.hpp"
#include "gql/syntax/ast/statement.hpp"
#include "gql/syntax/parser.hpp"

namespace geode {
namespace {

// Rights by letters: Select, Insert, Update, Delete, Administration of the graph; r: everything in
// the graph can be read; R: an administrator.

struct Statement {
  const char* text;
  const char* needs;
};

/// At least one of every kind of statement and clause: the test counts them.
constexpr Statement kStatements[] = {
    {"RETURN 1", ""},
    {"MATCH (n) RETURN n", "S"},
    {"OPTIONAL MATCH (n:A)-[:E]->(m) RETURN n", "S"},
    {"EXPLAIN MATCH (n) RETURN n", "S"},
    {"PROFILE MATCH (n) RETURN n", "S"},
    {"MATCH (n) FILTER n.x = 1 RETURN n", "S"},
    {"LET x = 1 RETURN x", ""},
    {"FOR x IN [1, 2] RETURN x", ""},
    {"UNWIND [1, 2] AS x WITH x WHERE x > 1 RETURN x ORDER BY x LIMIT 1", ""},
    {"FOR x IN [1] ORDER BY x LIMIT 1 RETURN x", ""},
    {"RETURN EXISTS { MATCH (n) RETURN n } AS e", "S"},
    {"RETURN COUNT { (n:A) } AS c", "S"},
    {"RETURN VALUE { MATCH (n) RETURN count(*) } AS v", "S"},
    {"CALL { MATCH (n) RETURN n } RETURN n", "S"},
    {"CALL { INSERT (:A) }", "I"},
    {"CALL dbms.functions() YIELD name RETURN name", ""},
    {"LOAD CSV FROM 'no such file' AS row RETURN row", "R"},
    {"USE g MATCH (n) RETURN n", "S"},
    {"INSERT (:A)", "I"},
    {"CREATE (:A)-[:E]->(:A)", "I"},
    {"EXPLAIN INSERT (:A)", "I"},
    {"MATCH (n:A) SET n.x = 1", "SU"},
    {"MATCH (n:A) SET n += {x: 1}", "SU"},
    {"MATCH (n:A) REMOVE n.x", "SU"},
    {"MATCH (n:A) DELETE n", "SD"},
    {"MATCH (n:A) DETACH DELETE n", "SD"},
    {"MATCH ()-[e]->() DELETE e", "SD"},
    {"MERGE (n:A {x: 1})", "SI"},
    {"MERGE (n:A {x: 1}) ON MATCH SET n.y = 1", "SIU"},
    {"MATCH (n:A) FOREACH (x IN [1] | SET n.x = x)", "SU"},
    {"FOREACH (x IN [1] | INSERT (:A))", "I"},
    {"MATCH (n) RETURN n UNION MATCH (m) RETURN m AS n", "S"},
    {"MATCH (n) RETURN n NEXT INSERT (:A)", "SI"},
    {"MATCH (n) FINISH", "S"},
    {"CREATE INDEX IF NOT EXISTS i FOR (n:A) ON (n.x)", "A"},
    {"EXPLAIN CREATE INDEX FOR (n:A) ON (n.y)", "A"},
    {"DROP INDEX nothing IF EXISTS", "A"},
    {"CREATE CONSTRAINT IF NOT EXISTS FOR (n:Z) REQUIRE n.x IS UNIQUE", "A"},
    {"DROP CONSTRAINT nothing IF EXISTS", "A"},
    {"CREATE NODE TYPE IF NOT EXISTS Zed (x STRING)", "A"},
    {"DROP NODE TYPE IF EXISTS Nothing", "A"},
    {"CREATE POLICY IF NOT EXISTS p ON Zed USING (true)", "A"},
    {"ALTER POLICY IF EXISTS nothing ON Zed USING (true)", "A"},
    {"DROP POLICY IF EXISTS nothing ON Zed", "A"},
    {"ALTER TABLE Zed DISABLE ROW LEVEL SECURITY", "A"},
    {"CREATE SCHEMA IF NOT EXISTS /s", "R"},
    {"DROP SCHEMA IF EXISTS /nothing", "R"},
    {"CREATE GRAPH IF NOT EXISTS g", "R"},
    {"CREATE OR REPLACE GRAPH other", "R"},
    {"DROP GRAPH IF EXISTS nothing", "R"},
    {"CREATE GRAPH TYPE IF NOT EXISTS t {(:A)}", "R"},
    {"DROP GRAPH TYPE IF EXISTS nothing", "R"},
    {"CREATE USER IF NOT EXISTS none", "R"},
    {"CREATE OR REPLACE USER other ROLE administrator", "R"},
    {"ALTER USER IF EXISTS nobody SET ROLE administrator", "R"},
    {"DROP USER IF EXISTS nobody", "R"},
    {"CREATE ROLE IF NOT EXISTS plain", "R"},
    {"DROP ROLE IF EXISTS nothing", "R"},
    {"ALTER CURRENT USER SET PASSWORD FROM 'wrong' TO 'y'", ""},
    {"GRANT ALL ON GRAPH * TO other", "R"},
    {"REVOKE UPDATE ON GRAPH g FROM other", "R"},
    {"GRANT administrator TO other", "R"},
    {"START TRANSACTION", ""},
    {"START TRANSACTION READ ONLY", ""},
    {"SET TRANSACTION READ ONLY", ""},
    {"COMMIT", ""},
    {"ROLLBACK", ""},
    {"SAVEPOINT s", ""},
    {"ROLLBACK TO SAVEPOINT s", ""},
    {"RELEASE SAVEPOINT s", ""},
    {"SESSION SET VALUE $x = 1", ""},
    {"SESSION SET VALUE $x = { MATCH (n) RETURN count(*) }", "S"},
    {"SESSION SET GRAPH g", ""},
    {"SESSION RESET", ""},
    {"SESSION CLOSE", ""},
    {"PING", ""},
    {"ANALYZE", ""},
};

/// What others than administrators may call; every other procedure is theirs alone.
constexpr Statement kProcedures[] = {
    {"db.labels", "r"},          {"db.edgeLabels", "r"},      {"db.relationshipTypes", "r"},
    {"db.schema.edges", "r"},    {"db.propertyKeys", "r"},    {"db.graphs", "r"},
    {"db.indexes", "S"},         {"db.constraints", "S"},     {"db.elementTypes", "S"},
    {"db.graphTypes", "S"},      {"db.schemas", "S"},         {"dbms.functions", ""},
    {"dbms.procedures", ""},     {"dbms.features", ""},       {"system.current_user", ""},
    {"system.queries", ""},      {"system.list_queries", ""}, {"system.kill_query", ""},
    {"system.transactions", ""},
};

struct User {
  const char* name;
  std::vector<const char*> made_by;
  const char* has;
};

const std::vector<User>& users() {
  static const std::vector<User> all = {
      {"nobody_at_all", {"CREATE USER nobody_at_all"}, ""},
      {"reads", {"CREATE USER reads ROLE reader"}, "Sr"},
      {"writes", {"CREATE USER writes ROLE writer"}, "SrIUD"},
      {"root", {"CREATE USER root ROLE administrator"}, "SrIUDAR"},
      {"role_without", {"CREATE ROLE empty", "CREATE USER role_without ROLE empty"}, ""},
      {"by_role",
       {"CREATE ROLE selects", "GRANT SELECT ON GRAPH * TO selects",
        "CREATE USER by_role ROLE selects"},
       "Sr"},
      {"by_nested_role",
       {"CREATE ROLE outer", "GRANT selects TO outer", "CREATE USER by_nested_role ROLE outer"},
       "Sr"},
      {"selects_label",
       {"CREATE USER selects_label", "GRANT SELECT ON GRAPH * LABEL A TO selects_label"},
       "S"},
      {"inserts", {"CREATE USER inserts", "GRANT INSERT ON GRAPH * TO inserts"}, "I"},
      {"updates", {"CREATE USER updates", "GRANT SELECT, UPDATE ON GRAPH * TO updates"}, "SrU"},
      {"deletes", {"CREATE USER deletes", "GRANT SELECT, DELETE ON GRAPH * TO deletes"}, "SrD"},
      {"keeps", {"CREATE USER keeps", "GRANT ADMINISTRATION ON GRAPH * TO keeps"}, "A"},
      {"all_of_it", {"CREATE USER all_of_it", "GRANT ALL ON GRAPH * TO all_of_it"}, "SrIUDA"},
      {"reader_with_more",
       {"CREATE USER reader_with_more ROLE reader", "GRANT ALL ON GRAPH * TO reader_with_more"},
       "SrA"},
      {"writer_narrowed",
       {"CREATE USER writer_narrowed ROLE writer", "GRANT SELECT ON GRAPH * TO writer_narrowed"},
       "Sr"},
      {"revoked",
       {"CREATE USER revoked ROLE writer", "GRANT ALL ON GRAPH * TO revoked",
        "REVOKE ALL ON GRAPH * FROM revoked"},
       ""},
      {"root_again",
       {"CREATE USER root_again ROLE administrator", "GRANT SELECT ON GRAPH * TO root_again"},
       "SrIUDAR"},
  };
  return all;
}

bool denied(Database& db, const User& user, const std::string& text) {
  Session session = db.session(user.name);
  try {
    session.execute(text).consume();
  } catch (const Error& error) {
    return error.gqlstatus() == status::kAccessDenied;
  }
  return false;
}

bool has_all(const User& user, std::string_view needs) {
  for (const char letter : needs) {
    if (std::string_view(user.has).find(letter) == std::string_view::npos) return false;
  }
  return true;
}

struct Kinds {
  std::set<std::size_t> statements, clauses;

  void add(const gql::ast::StatementNode& node) {
    statements.insert(node.index());
    const auto* query = std::get_if<gql::ast::Query>(&node);
    if (query == nullptr) return;
    for (const gql::ast::CompositeQuery& part : query->parts) {
      for (const gql::ast::Clause& clause : part.first.clauses) clauses.insert(clause.index());
    }
  }
};

TEST_CASE("what each user may do, statement by statement", "[security]") {
  Database db;
  db.execute("CREATE GRAPH g");
  db.execute("INSERT (:A {x: 1})-[:E]->(:A)");
  db.execute("CREATE USER other");
  for (const User& user : users()) {
    for (const char* text : user.made_by) db.execute(text);
  }
  std::size_t cells = 0;
  const auto check = [&](const std::string& text, std::string_view needs) {
    for (const User& user : users()) {
      ++cells;
      INFO(user.name << ": " << text);
      CHECK(denied(db, user, text) == !has_all(user, needs));
    }
  };
  Kinds kinds;
  for (const Statement& statement : kStatements) {
    kinds.add(gql::parse(statement.text).node);
    check(statement.text, statement.needs);
  }
  // A kind that has no line above is not tested.
  CHECK(kinds.statements.size() == std::variant_size_v<gql::ast::StatementNode>);
  CHECK(kinds.clauses.size() == std::variant_size_v<gql::ast::Clause>);

  for (const gql::Procedure* procedure : gql::ProcedureRegistry::builtin().all()) {
    std::string_view needs = "R";
    for (const Statement& known : kProcedures) {
      if (procedure->name == known.text) needs = known.needs;
    }
    std::string arguments;
    for (std::size_t i = 0; i < procedure->parameters.size(); ++i)
      arguments += i == 0 ? "null" : ", null";
    check("CALL " + procedure->name + "(" + arguments + ")", needs);
  }
  CHECK(cells >= 1000);
}

}  // namespace
}  // namespace geode
