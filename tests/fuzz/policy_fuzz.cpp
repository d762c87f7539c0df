// Conditions of policies: what a user finds are the nodes for which the condition holds when it is
// asked of each of them in a database that hides nothing; and a statement of his, whatever it is,
// shows him no other.

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <geode/database.hpp>
#include <geode/error.hpp>
#include "fuzz_input.hpp"

namespace {

using geode::Database;
using geode::Session;
using geode::Value;
using geode::ValueType;
using geode::test::FuzzInput;
using geode::test::require;
using Ids = std::multiset<std::int64_t>;

constexpr std::int64_t kNodes = 12;

constexpr const char* kContent[] = {
    "CREATE USER admin WITH PASSWORD 'a' ROLE administrator",
    "CREATE USER u WITH PASSWORD 'a' ROLE reader",
    "ALTER USER u SET ATTRIBUTE team = 2",
    "CREATE INDEX d_x FOR (d:D) ON (d.x)",
    "FOR i IN range(0, 11) INSERT (:D {id: i, x: i % 4, s: CAST(i % 3 AS STRING)})",
    "MATCH (d:D) WHERE d.id % 5 = 0 REMOVE d.x",
    "MATCH (d:D) WHERE d.id % 7 = 1 SET d.s = 'u'",
    "FOR i IN range(0, 5) INSERT (:P {id: 100 + i, x: i, s: 'u'})",
    "MATCH (a:D), (b:D) WHERE b.id = (a.id * 5 + 1) % 12 INSERT (a)-[:L {w: a.id % 3}]->(b)",
    "MATCH (a:D), (p:P) WHERE p.id = 100 + a.id % 6 INSERT (p)-[:L {w: 1}]->(a)",
};

/// The same twice: one that gets policies, and one in which everybody sees everything.
struct World {
  Database guarded, open;
  Session admin;
  World() : admin((fill(guarded), fill(open), guarded.session("admin"))) {}

  static void fill(Database& database) {
    for (const char* statement : kContent) database.execute(statement);
  }
};

/// A condition on `d`, of the operators that policies are made of.
std::string condition(FuzzInput& input, int depth) {
  static constexpr const char* kValues[] = {"d.x",
                                            "d.s",
                                            "d.id",
                                            "d.none",
                                            "0",
                                            "1",
                                            "2",
                                            "'u'",
                                            "'1'",
                                            "null",
                                            "true",
                                            "current_user()",
                                            "current_user_team()",
                                            "current_user_property('team')",
                                            "d.x + 1",
                                            "d.id % 2",
                                            "10 / d.x",
                                            "char_length(d.s)",
                                            "[1, 2]",
                                            "coalesce(d.x, 3)",
                                            "CASE WHEN d.x > 1 THEN d.x ELSE null END",
                                            "COUNT { (d)-[:L]->(e:D) }"};
  static constexpr const char* kOperators[] = {"=", "<>", "<", "<=", ">", ">="};
  static constexpr const char* kWhole[] = {
      "EXISTS { (d)-[:L]->(e:D WHERE e.x > 1) }",
      "EXISTS { (d)<-[:L]-(:P {s: 'u'}) }",
      "NOT EXISTS { MATCH (d)-[k:L WHERE k.w = 0]->() RETURN k }",
      "d.s STARTS WITH '1'",
      "d.x IS NULL",
      "d.x IS NOT NULL",
      "d.x IN [0, 2, null]",
      "d.x",
      "true",
      "null",
      "d:D"};
  const auto value = [&] { return std::string(kValues[input.below(std::size(kValues))]); };
  const auto both = [&](const char* sign) {
    std::string out = "(";
    out += condition(input, depth + 1);
    out += sign;
    out += condition(input, depth + 1);
    return out += ')';
  };
  switch (depth > 3 ? 3 + input.byte() % 3 : input.byte() % 7) {
    case 0:
      return both(" AND ");
    case 1:
      return both(" OR ");
    case 2:
      return std::string("NOT (").append(condition(input, depth + 1)).append(")");
    case 3:
      return kWhole[input.below(std::size(kWhole))];
    case 6:
      return both(" XOR ");
    default: {
      const std::string left = value();
      const std::string sign = kOperators[input.below(std::size(kOperators))];
      return left + " " + sign + " " + value();
    }
  }
}

/// Whether the text is one expression wherever it stands: brackets fit, nothing is a remark, and no
/// function gives something else each time.
bool is_closed(std::string_view text) {
  std::string brackets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'' || c == '"' || c == '`' || c == '\\') return false;
    if (text.substr(i, 2) == "--" || text.substr(i, 2) == "//" || text.substr(i, 2) == "/*")
      return false;
    if (c == '(' || c == '[' || c == '{') brackets += c == '(' ? ')' : c == '[' ? ']' : '}';
    if (c != ')' && c != ']' && c != '}') continue;
    if (brackets.empty() || brackets.back() != c) return false;
    brackets.pop_back();
  }
  for (const char* word :
       {"rand", "RAND", "uuid", "UUID", "time", "TIME", "now", "NOW", "date", "DATE"})
    if (text.find(word) != std::string_view::npos) return false;
  return brackets.empty();
}

Ids ids_of(Session& session, const std::string& statement) {
  Ids ids;
  for (const geode::Row& row : session.execute(statement)) ids.insert(row[0].as_int64());
  return ids;
}

/// For which the condition holds, asked one by one; an error counts as false. Nothing for one that
/// only a policy understands, which takes names alone for properties.
std::optional<Ids> allowed(Database& open, const std::string& condition) {
  Session session = open.session("u");
  Ids ids;
  for (std::int64_t id = 0; id < kNodes; ++id) {
    try {
      const Value holds = session
                              .execute("MATCH (d:D {id: " + std::to_string(id) + "}) RETURN (" +
                                       condition + ") AS holds")
                              .single();
      if (holds.type() == ValueType::kBool && holds.as_bool()) ids.insert(id);
    } catch (const geode::Error& error) {
      if (error.when() == geode::Phase::kCompile) return std::nullopt;
    }
  }
  return ids;
}

/// No node of the label is in the value but those that may be seen.
void check_shown(const Value& value, const Ids& may) {
  const auto check_fields = [&](const geode::Record& record) {
    for (const auto& [name, field] : record) check_shown(field, may);
  };
  switch (value.type()) {
    case ValueType::kList:
      for (const Value& item : value.as_list()) check_shown(item, may);
      return;
    case ValueType::kRecord:
      return check_fields(value.as_record());
    case ValueType::kPath:
      for (const Value& node : value.as_path().nodes) check_shown(node, may);
      return;
    case ValueType::kNode: {
      const geode::Node& node = value.as_node();
      for (const std::string& label : node.labels) {
        if (label != "D") continue;
        for (const auto& [name, field] : node.properties)
          if (name == "id") require(may.contains(field.as_int64()));
      }
      return;
    }
    default:
      return;
  }
}

void check_user(World& world, const Ids& may, const std::string& statement) {
  Session user = world.guarded.session("u");
  require(ids_of(user, "MATCH (d:D) RETURN d.id") == may);
  require(ids_of(user, "MATCH (d:D) RETURN count(*)") ==
          Ids{static_cast<std::int64_t>(may.size())});
  for (const std::int64_t id : ids_of(user, "MATCH (d:D) WHERE d.x >= 0 RETURN d.id"))
    require(may.contains(id));
  for (const std::int64_t id : ids_of(user, "MATCH (:P)-[:L]->{1,3}(d:D) RETURN d.id"))
    require(may.contains(id));
  geode::StatementOptions options;
  options.timeout = std::chrono::milliseconds(200);
  options.memory_limit_bytes = 32 << 20;
  try {
    for (const geode::Row& row : user.execute(statement, {}, options))
      for (const Value& value : row.values()) check_shown(value, may);
  } catch (const geode::Error& error) {
    require(error.gqlstatus() != geode::status::kInternal);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World* world = new World;
  FuzzInput input(data, size);
  std::string text;
  if (input.byte() % 2 == 0) {
    const auto bytes = input.bytes(input.byte());
    text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!is_closed(text)) return 0;
  } else {
    text = condition(input, 0);
  }
  const auto rest = input.rest();
  const std::string statement(reinterpret_cast<const char*>(rest.data()), rest.size());
  try {
    world->admin.execute("CREATE POLICY p ON (d:D) FOR SELECT USING (" + text + ")");
  } catch (const geode::Error& error) {
    require(error.gqlstatus() != geode::status::kInternal);
    return 0;
  }
  if (const auto may = allowed(world->open, text)) check_user(*world, *may, statement);
  world->admin.execute("DROP POLICY p ON D");
  return 0;
}
