#include "hostile_queries.hpp"

#include <cstddef>
#include <functional>
#include <string_view>

namespace geode::test {
namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string join(std::size_t count, std::string_view separator,
                 const std::function<std::string(std::size_t)>& part) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += separator;
    out += part(i);
  }
  return out;
}

using Queries = std::vector<HostileQuery>;

void add_products(Queries& out) {
  out.push_back(
      {"cartesian count", "MATCH (a), (b), (c) WHERE a.id + b.id = c.id RETURN count(*)"});
  out.push_back({"cartesian rows", "MATCH (a), (b), (c) RETURN a.id, b.id, c.id"});
  out.push_back({"cartesian collect", "MATCH (a), (b) RETURN collect(a.id + b.id)"});
  out.push_back({"cartesian sort", "MATCH (a), (b) RETURN a.id, b.id ORDER BY b.id, a.id DESC"});
  out.push_back({"cartesian distinct", "MATCH (a), (b) RETURN DISTINCT a.id, b.id"});
  out.push_back({"cartesian groups", "MATCH (a), (b) RETURN a.id AS x, b.id AS y, count(*) AS n"});
  out.push_back({"numbers crossed",
                 "FOR i IN range(1, 100000) FOR j IN range(1, 100000) "
                 "RETURN count(i * j)"});
  out.push_back({"join of products",
                 "MATCH (a:Person), (b:Person) MATCH (c:Person), (d:Person) WHERE a.name = c.name "
                 "RETURN count(*)"});
  out.push_back({"exploding OPTIONAL",
                 "MATCH (a) OPTIONAL MATCH (b) OPTIONAL MATCH (c) OPTIONAL MATCH (d) "
                 "RETURN count(a.id + d.id)"});
  out.push_back({"exploding OPTIONAL edges",
                 "MATCH (a:K) OPTIONAL MATCH (a)-->(b) OPTIONAL MATCH (b)-->(c) OPTIONAL MATCH "
                 "(c)-->(d) OPTIONAL MATCH (d)-->(e) RETURN collect(e.id)"});
}

void add_paths(Queries& out) {
  out.push_back({"{1,30} in a clique", "MATCH (a:K)-[:C]->{1,30}(b:K) RETURN count(*)"});
  out.push_back({"{1,30} paths kept", "MATCH p = (a:K)-[:C]->{1,30}(b:K) RETURN collect(p)"});
  out.push_back({"{1,30} longest first",
                 "MATCH p = (a:K)-[:C]->{1,30}(b:K) RETURN p ORDER BY length(p) DESC"});
  out.push_back({"unbounded trails", "MATCH TRAIL (a:K)-[:C]->*(b:K) RETURN count(b.id)"});
  out.push_back(
      {"acyclic paths", "MATCH ACYCLIC (a:K)-[:C]->*(b:K {id: 1000059}) RETURN count(*)"});
  out.push_back({"undirected trails", "MATCH (a:K)~[:C]~*(b:K)-[:C]-*(c:K) RETURN count(*)"});
  out.push_back({"all shortest",
                 "MATCH p = ALL SHORTEST (a:Person)-[:Knows]->*(b:Person) "
                 "RETURN collect(p)"});
  out.push_back(
      {"shortest groups", "MATCH p = SHORTEST 20 GROUPS (a:K)-[:C]->*(b:K) RETURN count(p)"});
  out.push_back(
      {"shortest groups kept", "MATCH p = SHORTEST 9 GROUPS (a:K)-[:C]->+(b:K) RETURN collect(p)"});
  out.push_back({"shortest many", "MATCH p = SHORTEST 1000000 (a:K)-[:C]->+(b:K) RETURN count(p)"});
  out.push_back(
      {"group variables",
       "MATCH ((x:K)-[e:C]->(y:K) WHERE x.id <> y.id){1,20} RETURN collect(x), collect(e)"});
  out.push_back({"nested quantifiers",
                 "MATCH (((a:K)-[:C]->(b:K)){1,4}(c:K)-[:C]->(d:K)){1,6} RETURN count(*)"});
  out.push_back({"segment of products",
                 "MATCH ((a:K)-[e:C]->(b:K)-[f:C]->(c:K)-[g:C]->(d:K)){1,3} RETURN count(*)"});
  out.push_back({"exponential alternation",
                 "MATCH (a:K) ((x)-[:C]->(y) |+| (x)<-[:C]-(y)){1,8} (q) RETURN count(*)"});
  out.push_back({"long pattern", "MATCH (n0:K)" + join(40, "", [](std::size_t i) {
                                   return "-[:C]->(n" + std::to_string(i + 1) + ":K)";
                                 }) + " RETURN count(n40.id)"});
  out.push_back({"patterns without end", "MATCH " + join(60, ", ", [](std::size_t i) {
                                           return "(m" + std::to_string(i) + ":Person)";
                                         }) + " RETURN count(*)"});
}

void add_values(Queries& out) {
  out.push_back({"range of a billion", "RETURN range(1, 1000000000)"});
  out.push_back({"size of a billion", "RETURN size(range(1, 1000000000))"});
  out.push_back(
      {"ranges for rows",
       "FOR i IN range(1, 100000) RETURN i, range(1, 100000) AS l, range(i, 200000) AS m"});
  out.push_back(
      {"ranges that are kept", "FOR i IN range(1, 100000) RETURN collect(range(i, 100000))"});
  out.push_back({"collect of everything",
                 "MATCH (a)-[e]->(b) FOR i IN range(1, 1000) "
                 "RETURN collect([a, e, b, i])"});
  out.push_back({"collect of records",
                 "FOR k IN range(0, 99999) FOR i IN range(k * 1000, k * 1000 + 999) RETURN "
                 "collect({a: i, b: 'text ' || CAST(i AS "
                 "STRING), c: [i, i]})"});
  out.push_back({"nested comprehensions",
                 "RETURN [a IN range(1, 3000) | [b IN range(1, 3000) | [c IN range(1, 3000) | a * "
                 "b * c]]]"});
  out.push_back({"comprehension of strings",
                 "RETURN [a IN range(1, 2000000) | 'number ' || CAST(a AS STRING)]"});
  out.push_back({"quantifier of quantifiers",
                 "RETURN all(a IN range(1, 30000) WHERE any(b IN range(1, 30000) WHERE a * b = -1 "
                 "OR b = 30000))"});
  out.push_back({"reduce that concatenates",
                 "RETURN reduce(t = '', i IN range(1, 1000000) | t || 'abcdefgh')"});
  out.push_back(
      {"reduce that doubles", "RETURN size(reduce(t = 'abcdefgh', i IN range(1, 60) | t || t))"});
  out.push_back({"reduce of lists that doubles",
                 "RETURN size(reduce(t = [1, 2], i IN range(1, 60) | t || t))"});
  out.push_back(
      {"reduce of nested lists", "RETURN reduce(t = [1], i IN range(1, 60) | [t, t, t, t])"});
  out.push_back({"repeated padding", "RETURN size(lpad('x', 200000000, 'yz'))"});
  out.push_back({"padding for rows",
                 "FOR i IN range(1, 100000) RETURN i, lpad(CAST(i AS STRING), 1000000, '.')"});
  out.push_back({"replace that grows",
                 "LET a = lpad('', 20000, 'a') RETURN size(replace(replace(a, 'a', a), 'a', a))"});
  out.push_back({"split of much", "LET a = lpad('', 60000000, 'a,') RETURN size(split(a, ','))"});
  out.push_back({"joined texts",
                 "FOR k IN range(0, 99999) FOR i IN range(k * 1000, k * 1000 + 999) RETURN "
                 "string_agg('some words ' || CAST(i AS STRING), "
                 "', ')"});
  out.push_back({"text of a list",
                 "LET l = range(1, 3000000) RETURN CAST(CAST([l, l, l, l, l, l, l, "
                 "l] AS STRING) || 'x' AS STRING)"});
  out.push_back({"regular expression",
                 "LET a = lpad('', 5000000, 'a') RETURN a =~ '(a|aa|aaa|a*)*(a*)*(a?){500}b'"});
  out.push_back({"regular expression that is large", "RETURN 'x' =~ '((a{1,100}){1,100}){1,100}'"});
  out.push_back({"regular expressions for rows",
                 "FOR k IN range(0, 9999) FOR i IN range(k * 1000, k * 1000 + 999) RETURN "
                 "count(CASE WHEN CAST(i AS STRING) =~ "
                 "('.*' || CAST(i AS STRING) || '(x+x+)+y') THEN 1 END)"});
  out.push_back(
      {"sort of a list",
       "FOR k IN range(1, 100) RETURN size(list_sort([i IN range(1, 1000000) | i * 7919 % "
       "1000003])) AS n"});
  out.push_back({"sort of lists of strings",
                 "FOR i IN range(1, 50) RETURN size(list_sort([j IN range(1, 1000000) | 'x' || "
                 "CAST(j * 7919 % 1000003 AS STRING)])) AS n"});
  out.push_back(
      {"huge IN list", "MATCH (a:Person) WHERE a.id IN [" + join(200000, ", ", [](std::size_t i) {
                         return std::to_string(i * 3);
                       }) + "] RETURN count(*)"});
  out.push_back({"IN a range for rows",
                 "MATCH (a:Person), (b:Person) WHERE a.id * b.id IN range(1, 100000) RETURN "
                 "count(*)"});
}

void add_rows(Queries& out) {
  out.push_back(
      {"huge sort",
       "FOR k IN range(0, 9999) FOR i IN range(k * 1000, k * 1000 + 999) FOR j IN range(1, 10) "
       "RETURN i, j ORDER BY i * 7919 % 1000003, j"});
  out.push_back(
      {"huge sort of texts",
       "FOR i IN range(1, 3000000) FOR j IN range(1, 100) RETURN 'a long enough text ' || "
       "CAST(i * j AS STRING) AS t ORDER BY t DESC"});
  out.push_back({"huge page",
                 "FOR k IN range(0, 5999) FOR i IN range(k * 1000, k * 1000 + 999) FOR j IN "
                 "range(1, 5) RETURN i, j ORDER "
                 "BY j, i DESC SKIP 10000000 LIMIT 10000000"});
  out.push_back({"huge DISTINCT",
                 "FOR k IN range(0, 5999) FOR i IN range(k * 1000, k * 1000 + 999) FOR j IN "
                 "range(1, 100) RETURN "
                 "DISTINCT i * j AS x, 'text ' || CAST(i AS STRING) AS t"});
  out.push_back({"huge count of distinct",
                 "FOR k IN range(0, 5999) FOR i IN range(k * 1000, k * 1000 + 999) FOR j IN "
                 "range(1, 100) RETURN count(DISTINCT "
                 "'text ' || CAST(i * j AS STRING))"});
  out.push_back({"huge groups",
                 "FOR k IN range(0, 5999) FOR i IN range(k * 1000, k * 1000 + 999) FOR j IN "
                 "range(1, 100) RETURN "
                 "i + j AS g, collect(j) AS l"});
  out.push_back({"huge groups of texts",
                 "FOR k IN range(0, 5999) FOR i IN range(k * 1000, k * 1000 + 999) RETURN "
                 "'group ' || CAST(i AS STRING) AS g, "
                 "max('text ' || CAST(i AS STRING)) AS m, count(DISTINCT i) AS n"});
  const std::string numbers =
      "FOR k IN range(0, 5999) FOR i IN range(k * 1000, k * 1000 + 999) RETURN i * ";
  out.push_back({"huge EXCEPT", numbers + "2 AS x EXCEPT " + numbers + "3 AS x"});
  out.push_back({"huge INTERSECT ALL", numbers + "2 AS x INTERSECT ALL " + numbers + "3 AS x"});
  out.push_back({"huge join", "CALL { " + numbers + "2 AS x } CALL { " + numbers +
                                  "3 AS y } FILTER x = y RETURN count(*)"});
  out.push_back({"exponential UNION", join(64, " UNION ", [](std::size_t i) {
                   return "FOR i IN range(1, 1000000) RETURN i * " + std::to_string(i + 1) +
                          " AS x";
                 })});
  out.push_back({"UNION ALL of products", join(200, " UNION ALL ", [](std::size_t) {
                   return std::string("MATCH (a:Person), (b:Person) RETURN a.id + b.id AS x");
                 })});
  out.push_back({"join on a constant",
                 "MATCH (a:Person), (b:Person) WHERE a.zero = b.zero RETURN sum(a.id * b.id)"});
  out.push_back({"subqueries in subqueries",
                 "MATCH (a:Person) WHERE EXISTS { MATCH (b:Person) WHERE b.id > a.id AND EXISTS { "
                 "MATCH (c:Person) WHERE c.id > b.id AND EXISTS { MATCH (d:Person) WHERE d.id = "
                 "a.id + b.id + c.id + 0.5 } } } RETURN count(*)"});
  out.push_back(
      {"subquery rows",
       "MATCH (a:Person) CALL (a) { FOR i IN range(1, 1000000) RETURN i ORDER BY i DESC } "
       "RETURN count(i)"});
  out.push_back({"collecting subqueries",
                 "MATCH (a:Person) RETURN a.id, COLLECT { MATCH (b:Person) RETURN b.id } AS l"});
  out.push_back(
      {"counting subqueries",
       "MATCH (a:Person) RETURN sum(COUNT { MATCH (b:Person)-[:Knows]->{1,8}(c) RETURN c })"});
}

void add_texts(Queries& out) {
  out.push_back({"deep brackets", "RETURN " + repeat("(", 10000) + "1" + repeat(")", 10000)});
  out.push_back({"deeper brackets", "RETURN " + repeat("(", 1000000)});
  out.push_back({"deep lists", "RETURN " + repeat("[", 10000) + repeat("]", 10000)});
  out.push_back({"deep NOT", "RETURN " + repeat("NOT ", 100000) + "true"});
  out.push_back({"deep minus", "RETURN " + repeat("- ", 100000) + "1"});
  out.push_back({"deep subqueries", "RETURN " + repeat("EXISTS { MATCH (a) WHERE ", 5000) + "true" +
                                        repeat("}", 5000)});
  out.push_back({"deep CALL", repeat("CALL { ", 3000) + "RETURN 1 AS x" +
                                  repeat(" RETURN x }", 2999) + " } RETURN x"});
  out.push_back({"many ORs", "MATCH (a:Person) WHERE " + join(100000, " OR ", [](std::size_t i) {
                               return "a.id = " + std::to_string(i);
                             }) + " RETURN count(*)"});
  out.push_back({"long sum", "RETURN " + repeat("1 + ", 300000) + "1"});
  out.push_back({"long concatenation", "RETURN " + repeat("'abc' || ", 100000) + "'d'"});
  out.push_back({"long identifier", "RETURN 1 AS " + std::string(1 << 20, 'x')});
  out.push_back({"long string", "RETURN size('" + std::string(32 << 20, 's') + "')"});
  const std::size_t megabytes16 = std::size_t{16} << 20;
  out.push_back({"16 MB of numbers", "RETURN " + repeat("1 + ", megabytes16 / 4) + "1"});
  out.push_back({"16 MB of strings",
                 "RETURN size(['a'" + repeat(", 'some longer text'", megabytes16 / 20) + "])"});
  out.push_back({"16 MB of semicolons", "RETURN 1" + repeat(";", megabytes16)});
  out.push_back(
      {"16 MB of steps", "MATCH (a)" + repeat("-[:C]->()", megabytes16 / 9) + " RETURN count(*)"});
  out.push_back({"many columns", "RETURN " + join(50000, ", ", [](std::size_t i) {
                                   return std::to_string(i) + " AS c" + std::to_string(i);
                                 })});
  out.push_back({"many clauses", repeat("MATCH (a:Person) ", 3000) + "RETURN count(*)"});
  out.push_back({"many LETs", "LET v0 = [1] " + join(40, " ", [](std::size_t i) {
                                const std::string before = "v" + std::to_string(i);
                                return "LET v" + std::to_string(i + 1) + " = [" + before + ", " +
                                       before + "]";
                              }) + " RETURN size(CAST(v40 AS STRING))"});
}

void add_writes(Queries& out, const std::string& csv_path) {
  out.push_back({"MERGE storm",
                 "FOR k IN range(0, 99999) FOR i IN range(k * 1000, k * 1000 + 999) MERGE "
                 "(:Merged {id: i})"});
  out.push_back({"MERGE of edges", "MATCH (a:Person), (b:Person) MERGE (a)-[:Storm]->(b)"});
  out.push_back({"INSERT storm",
                 "FOR k IN range(0, 99999) FOR i IN range(k * 1000, k * 1000 + 999) INSERT "
                 "(:Made {id: i, text: "
                 "'some text ' || CAST(i AS STRING)})"});
  out.push_back({"INSERT of products", "MATCH (a), (b) INSERT (a)-[:Storm]->(b)"});
  out.push_back({"SET of large values", "MATCH (a:Person) SET a.text = lpad('', 10000000, 'x')"});
  out.push_back({"returned writes",
                 "FOR k IN range(0, 99999) FOR i IN range(k * 1000, k * 1000 + 999) INSERT "
                 "(a:Made {id: i}) RETURN a"});
  out.push_back({"LOAD CSV of itself", "LOAD CSV FROM '" + csv_path + "' AS a LOAD CSV FROM '" +
                                           csv_path + "' AS b LOAD CSV FROM '" + csv_path +
                                           "' AS c RETURN count(*)"});
  out.push_back({"LOAD CSV kept", "LOAD CSV FROM '" + csv_path + "' AS a LOAD CSV FROM '" +
                                      csv_path + "' AS b RETURN collect([a, b])"});
  out.push_back({"LOAD CSV of no end", "LOAD CSV FROM '/dev/zero' AS a RETURN count(*)"});
}

}  // namespace

std::vector<HostileQuery> hostile_queries(const std::string& csv_path) {
  Queries out;
  add_products(out);
  add_paths(out);
  add_values(out);
  add_rows(out);
  add_texts(out);
  add_writes(out, csv_path);
  return out;
}

}  // namespace geode::test
