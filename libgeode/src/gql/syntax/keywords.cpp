#include "gql/syntax/keywords.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "base/nearest_name.hpp"

namespace geode::gql {
namespace {

/// In the order of the enumerators, which is alphabetic, so that a word is found by bisection.
// clang-format off
constexpr std::string_view kSpellings[] = {
    "", "ABSENT", "ACYCLIC", "ALL", "ALTER", "ANALYZE", "AND", "ANY", "ARRAY", "AS", "ASC",
    "ASCENDING", "ASSERT", "AT", "BEGIN", "BETWEEN", "BIG", "BIGINT", "BINARY", "BINDINGS",
    "BOOL", "BOOLEAN", "BOTH", "BY", "BYTES", "CALL", "CASE", "CAST", "CHAR", "CHARACTERISTICS",
    "CLOSE", "COLLECT", "COLUMNS", "COMMIT", "CONSTRAINT", "CONSTRAINTS", "CONTAINS", "COUNT",
    "CREATE", "CURRENT_DATE", "CURRENT_GRAPH", "CURRENT_PROPERTY_GRAPH", "CURRENT_TIME",
    "CURRENT_TIMESTAMP", "DATE", "DATETIME", "DAY", "DAYS", "DEC", "DECIMAL", "DELETE", "DESC",
    "DESCENDING", "DESTINATION", "DETACH", "DIFFERENT", "DIMENSION", "DIMENSIONS", "DIRECTED",
    "DISTINCT", "DOUBLE", "DROP", "DURATION", "EDGE", "EDGES", "ELEMENT", "ELEMENTS", "ELSE",
    "END", "ENDS", "EXCEPT", "EXISTS", "EXPLAIN", "FALSE", "FETCH", "FILTER", "FINISH", "FIRST",
    "FLOAT", "FOR", "FOREACH", "FROM", "FULLTEXT", "FUNCTION", "FUNCTIONS", "GRANT", "GRAPH",
    "GRAPHS", "GRAPH_TABLE", "GROUP", "GROUPS", "HASH", "HAVING", "HOME_GRAPH", "HOUR", "HOURS",
    "IF", "IN", "INDEX", "INDEXES", "INSERT", "INT", "INTEGER", "INTERSECT", "INTERVAL", "IS",
    "ISOLATION", "KEEP", "KEY", "KEYS", "KILL", "LABEL", "LABELED", "LABELS", "LAST", "LEADING",
    "LET", "LEVEL", "LIKE", "LIMIT", "LIST", "LOCAL", "LOCAL_TIME", "LOCAL_TIMESTAMP", "LOOKUP",
    "MAP", "MATCH", "MERGE", "METRIC", "MINUTE", "MINUTES", "MONTH", "MONTHS", "NEXT", "NFC",
    "NFD", "NFKC", "NFKD", "NODE", "NODES", "NODETACH", "NONE", "NORMALIZED", "NOT", "NOTHING",
    "NULL", "NULLS", "NUMERIC", "OF", "OFFSET", "ON", "ONLY", "OPTIONAL", "OPTIONS", "OR",
    "ORDER", "ORDINALITY", "OTHERWISE", "PARAMETER", "PARAMETERS", "PATH", "PATHS", "PING",
    "POINT", "PRECISION", "PROCEDURE", "PROCEDURES", "PROFILE", "PROPERTY", "QUERY", "RANGE",
    "READ", "REAL", "RECORD", "REDUCE", "RELATIONSHIP", "RELATIONSHIPS", "RELEASE", "REMOVE",
    "REPEATABLE", "REPLACE", "REQUIRE", "RESET", "RETURN", "REVOKE", "ROLLBACK", "ROW", "ROWS",
    "SAVEPOINT", "SCHEMA", "SCHEMAS", "SECOND", "SECONDS", "SELECT", "SESSION", "SESSION_USER", "SET",
    "SETTING", "SETTINGS", "SHORTEST", "SHOW", "SIGNED", "SIMPLE", "SINGLE", "SKIP", "SMALL",
    "SMALLINT", "SOURCE", "SPATIAL", "START", "STARTS", "STRING", "TABLE", "TEXT", "THEN", "TIME",
    "TIMESTAMP", "TIMESTAMPTZ", "TIMETZ", "TO", "TRAIL", "TRAILING", "TRANSACTION",
    "TRANSACTIONS", "TRIM", "TRUE", "TYPE", "TYPED", "TYPES", "UNION", "UNIQUE", "UNKNOWN",
    "UNSIGNED", "UNWIND", "USE", "USING", "VALUE", "VARBINARY", "VARCHAR", "VECTOR", "VERTEX",
    "WALK", "WEEK", "WEEKS", "WHEN", "WHERE", "WITH", "WITHOUT", "WORK", "WRITE", "XOR", "YEAR",
    "YEARS", "YIELD", "ZONE", "ZONED",
};
// clang-format on
static_assert(std::size(kSpellings) == static_cast<std::size_t>(Keyword::kZoned) + 1);
static_assert(std::is_sorted(std::begin(kSpellings), std::end(kSpellings)));

constexpr std::size_t kLongest = 24;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

Keyword find_keyword(std::string_view word) {
  std::array<char, kLongest> buffer;
  if (word.empty() || word.size() > buffer.size()) return Keyword::kNotAKeyword;
  std::transform(word.begin(), word.end(), buffer.begin(), upper);
  const std::string_view key(buffer.data(), word.size());
  const auto* found = std::lower_bound(std::begin(kSpellings), std::end(kSpellings), key);
  if (found == std::end(kSpellings) || *found != key) return Keyword::kNotAKeyword;
  return static_cast<Keyword>(found - std::begin(kSpellings));
}

bool equals_ignoring_case(std::string_view word, std::string_view upper_case) {
  return std::equal(word.begin(), word.end(), upper_case.begin(), upper_case.end(),
                    [](char a, char b) { return upper(a) == b; });
}

std::string_view spelling(Keyword keyword) { return kSpellings[static_cast<std::size_t>(keyword)]; }

Keyword nearest_keyword(std::string_view word, std::initializer_list<Keyword> candidates) {
  Keyword best = Keyword::kNotAKeyword;
  if (word.size() > kLongest) return best;
  // A word that means something is no slip of the fingers; two mistakes in a word of three letters
  // make any word of it.
  if (find_keyword(word) != Keyword::kNotAKeyword) return best;
  std::size_t limit = word.size() <= 2 ? 0 : word.size() == 3 ? 1 : word.size() <= 8 ? 2 : 3;
  for (const Keyword candidate : candidates) {
    const std::size_t distance = base::edit_distance(word, spelling(candidate));
    if (distance == 0 || distance > limit) continue;
    best = candidate;
    limit = distance - 1;
  }
  return best;
}

}  // namespace geode::gql
