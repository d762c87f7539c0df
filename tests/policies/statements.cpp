#include "statements.hpp"

#include <fmt/format.h>

namespace geode::test {

std::string Statements::label() {
  constexpr const char* kLabels[] = {"Document",        "Person",          "Draft",   "Note",
                                     "Document|Person", "Document&!Draft", "!Person", "%",
                                     "Confidential"};
  return kLabels[pick(std::size(kLabels))];
}

std::string Statements::type() {
  constexpr const char* kTypes[] = {":LINKS", ":KNOWS", ":LINKS|KNOWS", "", ":!KNOWS", ":SECRETLY"};
  return kTypes[pick(chance(4) ? std::size(kTypes) : 4)];
}

std::string Statements::value() {
  constexpr const char* kValues[] = {"n", "x", "level", "owner", "s", "i", "zzz"};
  return kValues[pick(std::size(kValues))];
}

/// That of a read may fail; not where what it asks about is hidden.
std::string Statements::condition(const std::string& variable) {
  std::string out;
  switch (pick(may_fail_ ? 11 : 8)) {
    case 0:
      out = fmt::format("{}.n > {}", variable, pick(16));
      break;
    case 1:
      out = fmt::format("{}.n = {}", variable, pick(16));
      break;
    case 2:
      out = fmt::format("{}.x IN [{}, {}]", variable, pick(3), pick(3));
      break;
    case 3:
      out = fmt::format("{}.owner IS NOT NULL", variable);
      break;
    case 4:
      out = fmt::format("{}.s STARTS WITH 'a'", variable);
      break;
    case 5:
      out = fmt::format("{0}.n BETWEEN {1} AND {1} + 4 AND {0}.level <> {2}", variable, pick(12),
                        pick(5));
      break;
    case 6:
      out = fmt::format("{}.zzz IS NULL", variable);
      break;
    case 7:
      out = fmt::format("{0}.owner = 'u' OR {0}.n = {1}", variable, pick(16));
      break;
    case 8:
      out = fmt::format("CAST({}.s AS INT) > 3", variable);
      break;
    case 9:
      out = fmt::format("6 / {}.x >= {}", variable, pick(6));
      break;
    default:
      out = fmt::format("{}.n * 4611686018427387904 > 0", variable);
  }
  if (!filtered_) return out;
  return fmt::format("CASE WHEN {} THEN {} ELSE FALSE END", world_.sees_node(variable), out);
}

std::string Statements::node(const std::string& variable, bool one) {
  std::string where;
  if (one) {
    where = fmt::format("{}.i IN [{}, {}]", variable, pick(80), pick(80));
  } else if (chance(4)) {
    where = condition(variable);
  }
  std::string out = "(" + variable;
  if (!chance(3)) out += ":" + label();
  if (filtered_) where = world_.sees_node(variable) + (where.empty() ? "" : " AND (" + where + ")");
  if (!where.empty()) out += " WHERE " + where;
  return out + ")";
}

std::string Statements::edge(const std::string& variable) {
  std::string where;
  if (chance(4)) where = fmt::format("{}.w > {}", variable, pick(5));
  std::string inner = variable + type();
  if (filtered_) where = world_.sees_edge(variable) + (where.empty() ? "" : " AND " + where);
  if (!where.empty()) inner += " WHERE " + where;
  constexpr const char* kForms[] = {"-[{}]->", "<-[{}]-", "-[{}]-"};
  return fmt::format(fmt::runtime(kForms[pick(3)]), inner);
}

/// Several edges one after another, over nodes that are seen.
std::string Statements::hops(const std::string& least_and_most) {
  const std::string kind = type();
  const bool left = chance(4);
  if (!filtered_) {
    return left ? fmt::format("<-[{}]-{}", kind, least_and_most)
                : fmt::format("-[{}]->{}", kind, least_and_most);
  }
  const std::string one = "e" + kind + " WHERE " + world_.sees_edge("e");
  return fmt::format("((v){}(w) WHERE {} AND {}){}", left ? "<-[" + one + "]-" : "-[" + one + "]->",
                     world_.sees_node("v"), world_.sees_node("w"), least_and_most);
}

std::string Statements::aggregate(const std::string& variable) {
  switch (pick(7)) {
    case 0:
      return "count(*)";
    case 1:
      return fmt::format("sum({}.n)", variable);
    case 2:
      return fmt::format("min({}.{})", variable, chance(2) ? "owner" : "n");
    case 3:
      return fmt::format("max({}.i)", variable);
    case 4:
      return fmt::format("count(DISTINCT {}.{})", variable, value());
    case 5:
      return fmt::format("avg({}.level)", variable);
    default:
      return fmt::format("count({}.{})", variable, value());
  }
}

Statements::Statement Statements::read() {
  may_fail_ = true;
  const std::uint32_t kind = pick(20);
  return kind < 11 ? read_pattern() : kind < 18 ? read_composed() : read_uncompared();
}

Statements::Statement Statements::read_pattern() {
  switch (pick(12)) {
    case 0:
      return {fmt::format("MATCH {} WHERE {} RETURN a.i, a.{}", node("a"), condition("a"), value()),
              false, true};
    case 1:
      return {fmt::format("MATCH {} RETURN {} AS g", node("a"), aggregate("a")), false, true};
    case 2:
      return {fmt::format("MATCH {}{}{} WHERE {} RETURN a.i, b.i, e.w", node("a"), edge("e"),
                          node("b"), condition("b")),
              false, true};
    case 3:
      return {fmt::format("MATCH {}{}{} RETURN a.i, b.i", node("a", chance(2)),
                          hops(chance(2) ? "{1,2}" : "{2}"), node("b")),
              false, true};
    case 4: {
      // With conditions in its steps, a path without an upper bound is found by trying all.
      const bool bounded = chance(2);
      return {fmt::format("MATCH p = ANY SHORTEST {}{}{} RETURN a.i, b.i, length(p)",
                          node("a", true), hops(bounded ? "{1,3}" : "+"), node("b")),
              false, bounded};
    }
    case 5: {
      const bool bounded = chance(2);
      return {fmt::format("MATCH p = ALL SHORTEST {}{}{} RETURN a.i, b.i, count(*) AS c",
                          node("a", true), hops(bounded ? "{0,3}" : "+"), node("b", true)),
              false, bounded};
    }
    case 6:
      return {
          fmt::format("MATCH {}{}{} , (a){}(c) WHERE {} RETURN a.i, b.i, c.i", node("a"), edge("e"),
                      node("b"), edge("f"), filtered_ ? world_.sees_node("c") : "TRUE"),
          false, true};
    case 7:  // a triangle
      return {fmt::format("MATCH {}{}{}{}{}{}(a) RETURN a.i, b.i, c.i", node("a"), edge("e"),
                          node("b"), edge("f"), node("c"), edge("g")),
              false, true};
    case 8:
      return {fmt::format("MATCH {}, {} WHERE a.n = b.n AND a.x < b.x RETURN a.i, b.i", node("a"),
                          node("b")),
              false, true};
    case 9:
      return {fmt::format("MATCH p = {}{}{} RETURN [v IN nodes(p) | v.i] AS l, length(p)",
                          node("a"), edge("e"), node("b")),
              false, true};
    case 10:
      return {fmt::format("MATCH {} WHERE a.n {} {} RETURN a.i ORDER BY a.i", node("a"),
                          chance(2) ? "=" : "<", pick(16)),
              true, true};
    default:
      return {fmt::format("MATCH {}{}{}{}{} RETURN count(*) AS c", node("a"), edge("e"), node("b"),
                          edge("f"), node("c")),
              false, true};
  }
}

Statements::Statement Statements::read_composed() {
  switch (pick(12)) {
    case 0:
      return {fmt::format("MATCH {} OPTIONAL MATCH (a){}{} RETURN a.i, count(b) AS c", node("a"),
                          edge("e"), node("b")),
              false, true};
    case 1:
      return {fmt::format("MATCH {} WHERE {}EXISTS {{ (a){}{} }} RETURN a.i", node("a"),
                          chance(2) ? "NOT " : "", edge("e"), node("b")),
              false, true};
    case 2:
      return {
          fmt::format("MATCH {} RETURN COUNT {{ (a){}{} }} AS degree, a.i ORDER BY degree DESC, "
                      "a.i LIMIT 5",
                      node("a"), edge("e"), node("b")),
          true, true};
    case 3:
      return {
          fmt::format("MATCH {} RETURN a.x AS x, {} AS c ORDER BY x", node("a"), aggregate("a")),
          true, true};
    case 4:
      return {fmt::format("MATCH {} RETURN 10 / a.x AS q", node("a")), false, true};
    case 5:
      return {fmt::format("MATCH {}{}{} RETURN DISTINCT b.{} AS v", node("a"), edge("e"), node("b"),
                          value()),
              false, true};
    case 6: {
      constexpr const char* kSets[] = {"UNION", "UNION ALL", "EXCEPT", "INTERSECT"};
      const char* set = kSets[pick(4)];
      return {fmt::format("MATCH {} RETURN a.n AS v {} MATCH {} RETURN b.n AS v", node("a"), set,
                          node("b")),
              false, true};
    }
    case 7:
      return {fmt::format("MATCH {} CALL (a) {{ MATCH (a){}{} RETURN {} AS c }} RETURN a.i, c",
                          node("a"), edge("e"), node("b"), aggregate("b")),
              false, true};
    case 8:
      return {
          fmt::format("MATCH {} WITH a.owner AS o, collect(a.i) AS l WHERE size(l) > 2 MATCH {} "
                      "WHERE b.owner = o RETURN o, b.i",
                      node("a"), node("b")),
          false, true};
    case 9:
      return {fmt::format("FOR i IN [1, 2, {}] MATCH {} WHERE a.n = i RETURN i, a.i", pick(16),
                          node("a")),
              false, true};
    case 10:
      return {fmt::format("MATCH {} WHERE {} RETURN labels(a) AS l, properties(a) AS p", node("a"),
                          condition("a")),
              false, true};
    default:
      return {
          fmt::format("MATCH {} RETURN a.{} AS v, a.i AS i ORDER BY v DESC NULLS LAST, i OFFSET "
                      "{} LIMIT 7",
                      node("a"), value(), pick(9)),
          true, true};
  }
}

/// What depends on the order in which rows are found, or has no filtered form.
Statements::Statement Statements::read_uncompared() {
  switch (pick(9)) {
    case 0:
      return {fmt::format("MATCH {} RETURN a.i LIMIT {}", node("a"), 1 + pick(9))};
    case 1:
      return {fmt::format("MATCH {}{}{} RETURN a.i, properties(e), labels(b) LIMIT {}", node("a"),
                          edge("e"), node("b"), 1 + pick(9))};
    case 2:
      return {
          fmt::format("MATCH {} RETURN collect(a.i) AS l, collect(DISTINCT a.s) AS t", node("a"))};
    case 3:
      return {"CALL db.labels()"};
    case 4:
      return {"CALL db.indexes()"};
    case 5:
      return {chance(2) ? "SHOW POLICIES" : "SHOW INDEXES"};
    case 6:
      return {chance(2) ? "CALL db.properties()" : "SELECT * FROM system.transactions"};
    case 7:
      return {fmt::format("MATCH (a)-[*1..2]->{} RETURN b.i", node("b"))};
    default:
      return {fmt::format("MATCH p = SHORTEST 2 {}{}{} RETURN a.i, b.i, length(p)", node("a", true),
                          hops("{1,3}"), node("b", true))};
  }
}

Statements::Statement Statements::write() {
  may_fail_ = false;
  switch (pick(14)) {
    case 0:
    case 1:
      return {fmt::format("MATCH {} WHERE {} SET a.{} = {}", node("a"), condition("a"),
                          chance(2) ? "n" : "level", pick(16)),
              false, true};
    case 2:
      return {fmt::format("MATCH {} DETACH DELETE a", node("a", true)), false, true};
    case 3:
      return {fmt::format("MATCH {} DELETE a", node("a", true)), false, false};
    case 4:
    case 5:
      return {
          fmt::format("INSERT (:{} {{i: {}, n: {}, x: {}, level: {}, owner: {}, s: 'a{}'}})",
                      chance(3)   ? "Note"
                      : chance(2) ? "Document"
                                  : "Person",
                      ++last_id_, pick(16), pick(4), pick(6), chance(4) ? "'x'" : "'u'", pick(9)),
          false, true};
    case 6:
      return {fmt::format("MATCH {}, {} INSERT (a)-[:{} {{w: {}, k: {}}}]->(b)", node("a", true),
                          node("b", true), chance(3) ? "KNOWS" : "LINKS", pick(6), ++last_id_),
              false, true};
    case 7:
      return {
          fmt::format("MERGE (a:Document {{n: {}, owner: 'u'}}) ON CREATE SET a.i = {}, a.level = "
                      "{} ON MATCH SET a.x = {} RETURN a.i, a.x",
                      pick(16), ++last_id_, pick(5), pick(4))};
    case 8:
      return {fmt::format("MATCH {}, {} MERGE (a)-[e:LINKS {{w: {}}}]->(b) RETURN a.i, e.w",
                          node("a", true), node("b", true), pick(6))};
    case 9:
      return {fmt::format("MATCH {} SET a.owner = {}", node("a", true), chance(2) ? "'u'" : "'v'"),
              false, true};
    case 10:
      return {fmt::format("MATCH {} {} a:{}", node("a", true), chance(2) ? "SET" : "REMOVE",
                          chance(2) ? "Draft" : "Document"),
              false, true};
    case 11:
      return {fmt::format("MATCH {}{}{} {}", node("a", true), edge("e"), node("b"),
                          chance(2) ? "DELETE e" : fmt::format("SET e.w = {}", pick(6))),
              false, true};
    case 12:
      return {fmt::format("MATCH {} SET a += {{s: 'a{}', x: {}}} RETURN a.i, a.s", node("a", true),
                          pick(20), pick(4)),
              false, true};
    default:
      return {fmt::format("MATCH {} REMOVE a.{}", node("a", true), chance(2) ? "s" : "x"), false,
              true};
  }
}

}  // namespace geode::test
