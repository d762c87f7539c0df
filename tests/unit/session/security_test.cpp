#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/geode.hpp>

namespace geode {
namespace {

/// The values of the first column as texts.
std::vector<std::string> column(Result result) {
  std::vector<std::string> out;
  for (const Row& row : result) {
    const Value& value = row[0];
    out.push_back(value.type() == ValueType::kString ? std::string(value.as_string())
                                                     : value.to_string());
  }
  return out;
}

std::string failure(Session& session, std::string_view text) {
  try {
    session.execute(text);
  } catch (const Error& error) {
    return std::string(error.gqlstatus());
  }
  return "";
}

TEST_CASE("users log in with their passwords", "[security]") {
  Database db;
  CHECK_FALSE(db.has_users());
  db.execute("CREATE USER admin WITH PASSWORD 'strong' ROLE administrator");
  db.execute("CREATE USER analyst PASSWORD $p ROLE reader", {{"p", "another"}});
  CHECK(db.has_users());
  CHECK(db.authenticate("admin", "strong"));
  CHECK(db.authenticate("analyst", "another"));
  CHECK_FALSE(db.authenticate("admin", "wrong"));
  CHECK_FALSE(db.authenticate("admin", ""));
  CHECK_FALSE(db.authenticate("nobody", "strong"));
  CHECK_FALSE(db.authenticate("administrator", "strong"));
  db.execute("ALTER USER analyst SET STATUS SUSPENDED");
  CHECK_FALSE(db.authenticate("analyst", "another"));
  db.execute("ALTER USER analyst SET STATUS ACTIVE SET PASSWORD 'third'");
  CHECK_FALSE(db.authenticate("analyst", "another"));
  CHECK(db.authenticate("analyst", "third"));
}

TEST_CASE("the roles are ceilings, and grants narrow them", "[security]") {
  Database db;
  db.execute("CREATE USER admin PASSWORD 'a' ROLE administrator");
  db.execute("CREATE USER w PASSWORD 'a' ROLE writer");
  db.execute("CREATE USER r PASSWORD 'a' ROLE reader");
  db.execute("CREATE USER n PASSWORD 'a'");
  db.execute("CREATE GRAPH g");
  Session admin = db.session("admin"), writer = db.session("w"), reader = db.session("r"),
          nobody = db.session("n");
  CHECK(failure(admin, "CREATE INDEX FOR (p:Person) ON (p.name)").empty());
  CHECK(failure(writer, "INSERT (:Person {name: 'Ada'})").empty());
  CHECK(failure(writer, "MATCH (p:Person) SET p.age = 36").empty());
  CHECK(failure(writer, "CREATE INDEX FOR (p:Person) ON (p.age)") == "42X04");
  CHECK(failure(writer, "CREATE USER x PASSWORD 'a' ROLE administrator") == "42X04");
  CHECK(failure(reader, "MATCH (p) RETURN p").empty());
  CHECK(failure(reader, "INSERT (:Person)") == "42X04");
  CHECK(failure(reader, "MATCH (p) SET p.age = 1") == "42X04");
  CHECK(failure(reader, "MATCH (p) REMOVE p.age") == "42X04");
  CHECK(failure(reader, "MATCH (p) DETACH DELETE p") == "42X04");
  CHECK(failure(reader, "MERGE (p:Person {name: 'Bob'})") == "42X04");
  CHECK(failure(reader, "EXPLAIN MATCH (p) DELETE p") == "42X04");
  CHECK(failure(reader, "START TRANSACTION READ WRITE") == "42X04");
  CHECK(failure(nobody, "MATCH (p) RETURN p") == "42X04");
  CHECK(failure(nobody, "RETURN 1").empty());

  db.execute("GRANT SELECT, INSERT ON GRAPH g TO w");
  CHECK(failure(writer, "MATCH (p) RETURN p") == "42X04");
  CHECK(failure(writer, "USE g INSERT (:Person)").empty());
  CHECK(failure(writer, "USE g MATCH (p) DELETE p") == "42X04");
  db.execute("REVOKE ALL ON GRAPH g FROM w");
  CHECK(failure(writer, "USE g MATCH (p) RETURN p") == "42X04");
  CHECK(failure(writer, "MATCH (p) RETURN p") == "42X04");
  db.execute("GRANT ALL ON GRAPH * TO w");
  CHECK(failure(writer, "MATCH (p) RETURN p").empty());
  db.execute("DROP GRAPH g");
  db.execute("GRANT reader TO n");
  CHECK(failure(nobody, "MATCH (p) RETURN p").empty());
  db.execute("REVOKE reader FROM n");
  CHECK(failure(nobody, "MATCH (p) RETURN p") == "42X04");
  db.execute("DROP USER n");
  CHECK(failure(nobody, "RETURN 1") == "28000");
}

TEST_CASE("revokes bite in open transactions", "[security]") {
  Database db;
  db.execute("CREATE USER admin PASSWORD 'a' ROLE administrator");
  db.execute("CREATE USER r PASSWORD 'a' ROLE reader");
  Session reader = db.session("r");
  reader.execute("START TRANSACTION READ ONLY");
  CHECK(failure(reader, "MATCH (p) RETURN p").empty());
  db.execute("REVOKE reader FROM r");
  CHECK(failure(reader, "MATCH (p) RETURN p") == "42X04");
}

TEST_CASE("the last administrator stays", "[security]") {
  Database db;
  db.execute("CREATE USER admin PASSWORD 'a' ROLE administrator");
  Session any = db.session();
  for (const char* text : {"DROP USER admin", "ALTER USER admin SET STATUS SUSPENDED",
                           "ALTER USER admin SET ROLE reader", "REVOKE administrator FROM admin",
                           "DROP ROLE administrator"}) {
    INFO(text);
    CHECK_FALSE(failure(any, text).empty());
  }
  db.execute("CREATE ROLE boss");
  db.execute("GRANT administrator TO boss");
  db.execute("CREATE USER other PASSWORD 'b' ROLE boss");
  CHECK(failure(any, "DROP USER admin").empty());
  CHECK_FALSE(failure(any, "DROP ROLE boss").empty());
}

TEST_CASE("roles do not go in circles, and names that were dropped give nothing", "[security]") {
  Database db;
  Session any = db.session();
  db.execute("CREATE ROLE a");
  db.execute("CREATE ROLE b");
  db.execute("GRANT a TO b");
  CHECK(failure(any, "GRANT b TO a") == "42002");
  CHECK(failure(any, "GRANT a TO a") == "42002");
  db.execute("CREATE USER u PASSWORD 'x' ROLE a");
  db.execute("GRANT SELECT ON GRAPH * TO a");
  Session user = db.session("u");
  CHECK(failure(user, "MATCH (n) RETURN n").empty());
  db.execute("DROP ROLE a");
  db.execute("CREATE ROLE a");
  CHECK(failure(user, "MATCH (n) RETURN n") == "42X04");
  db.execute("GRANT SELECT ON GRAPH * TO a");
  CHECK(failure(user, "MATCH (n) RETURN n") == "42X04");
}

TEST_CASE("an open session makes the first user, and goes on as him", "[security]") {
  Database db;
  Session first = db.open_session(), other = db.open_session();
  CHECK(failure(first, "INSERT (:A)").empty());
  CHECK(failure(first, "CREATE USER r PASSWORD 'x' ROLE reader") == "42X04");
  CHECK(failure(other, "MATCH (n) RETURN n").empty());
  CHECK(failure(first, "CREATE USER admin PASSWORD 'x' ROLE administrator").empty());
  CHECK(failure(first, "CREATE USER r PASSWORD 'x' ROLE reader").empty());
  CHECK(column(first.execute("RETURN current_user()")) == std::vector<std::string>{"admin"});
  CHECK(failure(other, "MATCH (n) RETURN n") == "28000");
  Session late = db.open_session();
  CHECK(failure(late, "RETURN 1") == "28000");
}

TEST_CASE("a first user who came to nothing is nobody's", "[security]") {
  Database db;
  const auto make = "CREATE USER admin PASSWORD 'x' ROLE administrator";
  Session undone = db.open_session(), rolled_back = db.open_session(), made = db.open_session();
  undone.execute("START TRANSACTION");
  undone.execute("SAVEPOINT s");
  undone.execute(make);
  undone.execute("ROLLBACK TO SAVEPOINT s");
  undone.execute("COMMIT");
  rolled_back.execute("START TRANSACTION");
  rolled_back.execute(make);
  rolled_back.execute("ROLLBACK");
  made.execute("START TRANSACTION");
  made.execute(make);
  made.execute("SAVEPOINT s");
  made.execute("ROLLBACK TO SAVEPOINT s");
  made.execute("COMMIT");
  CHECK(failure(undone, "RETURN 1") == "28000");
  CHECK(failure(rolled_back, "RETURN 1") == "28000");
  CHECK(column(made.execute("RETURN current_user()")) == std::vector<std::string>{"admin"});
}

TEST_CASE("passwords are not in what runs", "[security]") {
  Database db;
  db.execute("CREATE USER admin PASSWORD 'secret-word' ROLE administrator");
  Session session = db.session();
  const std::string plan =
      session.execute("EXPLAIN ALTER USER admin SET PASSWORD 'secret-word'").plan();
  CHECK(plan.find("ALTER USER admin SET PASSWORD '***'") != std::string::npos);
  CHECK(plan.find("secret-word") == std::string::npos);
  PreparedStatement prepared = session.prepare("ALTER USER admin SET PASSWORD 'secret-word'");
  CHECK(prepared.text() == "ALTER USER admin SET PASSWORD '***'");
  for (const Row& row : session.execute("SHOW USERS"))
    CHECK(row[0].to_string().find("secret-word") == std::string::npos);
}

struct Tenants {
  Tenants() {
    db.execute("CREATE USER admin PASSWORD 'a' ROLE administrator");
    db.execute("CREATE USER ann PASSWORD 'a' ROLE writer SET ATTRIBUTE organization_id = 1");
    db.execute("CREATE USER none PASSWORD 'a' ROLE writer");
    db.execute(
        "INSERT (:User {name: 'a1', organization_id: 1}), (:User {name: 'a2', organization_id: 1}),"
        " (:User {name: 'b1', organization_id: 2}), (:User {name: 'zero'}), (:Other {name: 'o'})");
    db.execute(
        "MATCH (a:User {name: 'a1'}), (b:User {name: 'b1'}), (c:User {name: 'a2'}) "
        "INSERT (a)-[:KNOWS]->(b), (b)-[:KNOWS]->(c), (a)-[:KNOWS]->(c)");
    db.execute(
        "CREATE POLICY tenant_isolation ON User FOR ALL "
        "USING (user.organization_id = current_user_organization_id())");
  }
  Database db;
};

TEST_CASE_METHOD(Tenants, "rows that a policy hides are not there", "[security]") {
  Session ann = db.session("ann"), none = db.session("none"), admin = db.session("admin");
  using Texts = std::vector<std::string>;
  CHECK(column(ann.execute("MATCH (u:User) RETURN u.name ORDER BY u.name")) == Texts{"a1", "a2"});
  CHECK(column(ann.execute("MATCH (u:User) RETURN count(u)")) == Texts{"2"});
  CHECK(column(ann.execute("MATCH (n) RETURN count(*)")) == Texts{"3"});
  CHECK(column(ann.execute("MATCH (n) RETURN n.name ORDER BY n.name")) == Texts{"a1", "a2", "o"});
  CHECK(column(ann.execute("MATCH ()-[e:KNOWS]->() RETURN count(e)")) == Texts{"1"});
  CHECK(column(ann.execute("MATCH (a {name: 'a1'})-[*1..3]->(b) RETURN b.name")) == Texts{"a2"});
  CHECK(column(ann.execute("MATCH (a {name: 'a1'})-[:KNOWS]->{1,3}(b) RETURN b.name")) ==
        Texts{"a2"});
  CHECK(column(ann.execute("MATCH (a {name: 'a1'}) ((x)-[:KNOWS]->(y)){2} (b) RETURN b.name")) ==
        Texts{});
  CHECK(column(ann.execute("MATCH (u:User) WHERE EXISTS { (u)-[:KNOWS]->(x) WHERE x.name = 'b1' } "
                           "RETURN u.name")) == Texts{});
  CHECK(column(ann.execute("MATCH (u:User {name: 'a1'}) OPTIONAL MATCH (u)-[:KNOWS]->(x) "
                           "RETURN x.name")) == Texts{"a2"});
  CHECK(column(ann.execute("MATCH (u:User {name: 'a1'}) RETURN COUNT { (u)-[:KNOWS]->() }")) ==
        Texts{"1"});
  CHECK(column(ann.execute("MATCH p = ANY SHORTEST (a {name: 'a1'})-[:KNOWS]->+(b {name: 'a2'}) "
                           "RETURN length(p)")) == Texts{"1"});
  CHECK(column(none.execute("MATCH (u:User) RETURN u")) == Texts{});
  CHECK(column(admin.execute("MATCH (u:User) RETURN count(*)")) == Texts{"4"});
  CHECK(failure(ann, "CALL db.labels()") == "42X04");
  CHECK(ann.execute("MATCH (x:Nothing) RETURN x").summary().notices.empty());
}

TEST_CASE_METHOD(Tenants, "what a user writes is within his policies", "[security]") {
  Session ann = db.session("ann");
  using Texts = std::vector<std::string>;
  CHECK(failure(ann, "INSERT (:User {name: 'a3', organization_id: 1})").empty());
  CHECK(failure(ann, "INSERT (:User {name: 'x', organization_id: 2})") == "42X04");
  CHECK(failure(ann, "INSERT (:User {name: 'x'})") == "42X04");
  CHECK(failure(ann, "INSERT (:Other {name: 'x'})").empty());
  CHECK(failure(ann, "MATCH (u:User {name: 'a1'}) SET u.organization_id = 2") == "42X04");
  CHECK(failure(ann, "MATCH (u:User {name: 'a1'}) SET u.organization_id = 2 RETURN u LIMIT 0") ==
        "42X04");
  CHECK(failure(ann, "MATCH (o:Other {name: 'x'}) SET o:User") == "42X04");
  CHECK(failure(ann, "MERGE (u:User {name: 'b1', organization_id: 2})") == "42X04");
  CHECK(failure(ann, "MERGE (u:User {name: 'a1', organization_id: 1}) ON MATCH SET u.seen = true")
            .empty());
  CHECK(failure(ann, "MATCH (u:User) SET u.seen = false").empty());
  CHECK(failure(ann, "MATCH (u:User) DETACH DELETE u").empty());
  CHECK(column(db.execute("MATCH (u:User) RETURN u.name ORDER BY u.name")) == Texts{"b1", "zero"});
  CHECK(column(db.execute("MATCH (u:User) WHERE u.seen IS NOT NULL RETURN count(*)")) ==
        Texts{"0"});
}

TEST_CASE_METHOD(Tenants, "policies by command, restrictive ones, roles", "[security]") {
  using Texts = std::vector<std::string>;
  db.execute("CREATE ROLE employee");
  db.execute("CREATE USER eve PASSWORD 'a' ROLE writer");
  db.execute("GRANT employee TO eve");
  db.execute(
      "INSERT (:Document {t: 'mine', owner_id: 'eve'}), (:Document {t: 'public'}), "
      "(:Document {t: 'bad', owner_id: 'eve', level: 'x'})");
  db.execute(
      "CREATE POLICY sensitive ON Document FOR SELECT USING (owner_id = current_user_id() "
      "OR owner_id IS NULL)");
  db.execute(
      "CREATE POLICY edit ON Document FOR UPDATE TO employee USING (document.owner_id = "
      "current_user_id())");
  db.execute(
      "CREATE POLICY levels ON (d:Document) AS RESTRICTIVE FOR SELECT USING (d.level IS NULL "
      "OR 1 / size(d.level) > 5)");
  Session eve = db.session("eve");
  CHECK(column(eve.execute("MATCH (d:Document) RETURN d.t ORDER BY d.t")) ==
        Texts{"mine", "public"});
  eve.execute("MATCH (d:Document) SET d.seen = 1");
  CHECK(column(db.execute("MATCH (d:Document) WHERE d.seen = 1 RETURN d.t")) == Texts{"mine"});
  eve.execute("MATCH (d:Document) DELETE d");
  CHECK(column(db.execute("MATCH (d:Document) RETURN count(*)")) == Texts{"3"});
  CHECK(failure(eve, "INSERT (:Document {t: 'new', owner_id: 'eve'})") == "42X04");
  db.execute("ALTER TABLE Document DISABLE ROW LEVEL SECURITY");
  CHECK(column(eve.execute("MATCH (d:Document) RETURN count(*)")) == Texts{"3"});
  db.execute("ALTER TABLE Document ENABLE ROW LEVEL SECURITY");
  CHECK(column(eve.execute("MATCH (d:Document) RETURN count(*)")) == Texts{"2"});
}

TEST_CASE("rights on labels", "[security]") {
  Database db;
  using Texts = std::vector<std::string>;
  db.execute("CREATE USER u PASSWORD 'a' ROLE writer");
  db.execute("INSERT (:A {n: 1})-[:E]->(:B {n: 2}), (:A {n: 3})-[:F]->(:A {n: 4})");
  db.execute("GRANT SELECT ON GRAPH default LABELS A, F TO u");
  db.execute("GRANT INSERT ON GRAPH default LABEL A TO u");
  Session user = db.session("u");
  CHECK(column(user.execute("MATCH (n) RETURN n.n ORDER BY n.n")) == Texts{"1", "3", "4"});
  CHECK(column(user.execute("MATCH ()-[e]->() RETURN count(*)")) == Texts{"1"});
  CHECK(failure(user, "INSERT (:A)").empty());
  CHECK(failure(user, "INSERT (:B)") == "42X04");
  CHECK(failure(user, "INSERT (:A:B)") == "42X04");
  CHECK(failure(user, "MATCH (n:A) SET n.x = 1") == "42X04");
}

}  // namespace
}  // namespace geode
