#include "relations.hpp"

#include <algorithm>
#include <utility>

#include "evaluate.hpp"
#include "transform.hpp"

namespace geode::metamorphic {

using model::Clause;
using model::Expression;
using model::ExpressionPtr;
using model::Filter;
using model::Item;
using model::Kind;
using model::Match;
using model::Projection;
using model::Query;
using model::Spelling;
using model::text;

namespace {

Options in_memory(bool optimize, std::size_t workers = 1) {
  Options options;
  options.durability = Durability::kNoMetaSync;
  options.optimize = optimize;
  options.worker_threads = workers;
  options.morsel_nodes = 1;
  return options;
}

std::vector<bool> bags_of(const Query& query) {
  std::vector<bool> bags;
  for (const Item& item : query.returning().items) bags.push_back(item.kind == Kind::kBag);
  return bags;
}

bool is_ordered(const Query& query) { return query.returning().ordered && query.parts.size() == 1; }

ExpressionPtr operation(const std::string& name, std::vector<ExpressionPtr> operands) {
  auto out = std::make_shared<Expression>();
  out->kind = Expression::Kind::kOperator;
  out->name = name;
  out->children = std::move(operands);
  return out;
}

/// The same, with the lengths of lists of elements in their place: their order is that of the path.
Query without_lists(const Query& query) {
  Query out = query;
  for (auto& part : out.parts) {
    for (Item& item : std::get<Projection>(part.back()).items) {
      if (item.kind != Kind::kEdges || !item.expression) continue;
      auto size = std::make_shared<Expression>();
      size->kind = Expression::Kind::kFunction;
      size->name = "size";
      size->children = {item.expression};
      item.expression = size;
      item.kind = Kind::kInteger;
    }
  }
  return out;
}

bool has_several_paths(const Query& query) { return text(reordered(query)) != text(query); }

/// The condition of the FILTER before a RETURN that keeps all rows; null when the query has another
/// form.
ExpressionPtr last_condition(const Query& query) {
  if (query.parts.size() != 1 || query.parts[0].size() < 2) return nullptr;
  const auto& clauses = query.parts[0];
  const Projection& last = query.returning();
  const bool aggregates = std::any_of(last.items.begin(), last.items.end(),
                                      [](const Item& item) { return !item.aggregate.empty(); });
  if (aggregates || last.distinct || last.skip || last.limit) return nullptr;
  const auto* filter = std::get_if<Filter>(&clauses[clauses.size() - 2]);
  return filter ? filter->condition : nullptr;
}

/// With another condition in that FILTER, or without the FILTER.
Query with_condition(const Query& query, const ExpressionPtr& condition) {
  Query out = query;
  auto& clauses = out.parts[0];
  if (condition) {
    clauses[clauses.size() - 2] = Filter{condition};
  } else {
    clauses.erase(clauses.end() - 2);
  }
  return out;
}

/// The condition moved into the WHERE of a MATCH before the FILTER, if there is one.
std::optional<Query> condition_in_match(const Query& query, const ExpressionPtr& condition) {
  Query out = with_condition(query, nullptr);
  auto& clauses = out.parts[0];
  if (clauses.size() < 2) return std::nullopt;
  auto* match = std::get_if<Match>(&clauses[clauses.size() - 2]);
  if (!match || match->optional) return std::nullopt;
  match->where = match->where ? operation("AND", {match->where, condition}) : condition;
  return out;
}

}  // namespace

struct Relations::Answer {
  std::vector<std::string> rows;
  std::string error;

  bool operator==(const Answer&) const = default;
};

Relations::Relations(const model::Graph& graph) : graph_(graph) {
  engines_.emplace_back("optimizer on", ":memory:", in_memory(true));
  engines_.emplace_back("optimizer off", ":memory:", in_memory(false));
  engines_.emplace_back("3 workers", ":memory:", in_memory(true, 3));
  engines_.emplace_back("with indexes", ":memory:", in_memory(true));
  for (const char* statement :
       {"CREATE INDEX FOR (x:A) ON (x.n)", "CREATE INDEX FOR (x:A) ON (x.m)",
        "CREATE INDEX FOR (x:B) ON (x.s)", "CREATE INDEX FOR (x:B) ON (x.n, x.f)",
        "CREATE INDEX FOR (x:C) ON (x.b)", "CREATE INDEX FOR (x:C) ON (x.m)"}) {
    engines_.back().execute(statement);
  }
  for (model::Engine& engine : engines_) engine.load(graph);
}

Relations::Answer Relations::answer(model::Engine& engine, const Query& query,
                                    const std::string& statement, const Parameters& parameters) {
  Answer answer;
  try {
    answer.rows = engine.rows(statement, bags_of(query), parameters);
  } catch (const model::TooMuchWork&) {
    ++counts_["too slow, " + engine.name()];
    throw;
  } catch (const Error& error) {
    answer.error = error.gqlstatus() + " " + error.message();
  }
  if (!is_ordered(query)) std::sort(answer.rows.begin(), answer.rows.end());
  return answer;
}

std::optional<Failure> Relations::compare(const std::string& relation, const std::string& statement,
                                          const Answer& expected, const Query& other,
                                          const std::string& other_statement,
                                          const Parameters& parameters) {
  ++counts_[relation];
  const Answer actual = answer(engines_[0], other, other_statement, parameters);
  if (actual == expected) return std::nullopt;
  Failure failure{relation, statement + "\n" + other_statement, ""};
  for (const auto& [name, value] : parameters.entries()) {
    failure.statements += "\n$" + name + " = " + value.to_string();
  }
  failure.what = actual.error != expected.error
                     ? "error '" + expected.error + "', then error '" + actual.error + "'"
                     : model::difference_of(expected.rows, actual.rows);
  return failure;
}

std::optional<Failure> Relations::check(const Query& query) {
  Answer truth;
  model::Evaluator evaluator(graph_);
  for (const model::Row& row : evaluator.run(query)) {
    std::vector<Value> values;
    for (const Item& item : query.returning().items) values.push_back(row.at(item.alias));
    truth.rows.push_back(model::row_text(values, bags_of(query), [&](const Value& value) {
      return model::canonical(graph_, value);
    }));
  }
  if (!is_ordered(query)) std::sort(truth.rows.begin(), truth.rows.end());

  const std::string statement = text(query);
  for (model::Engine& engine : engines_) {
    const std::string relation = "truth, " + engine.name();
    ++counts_[relation];
    const Answer found = answer(engine, query, statement);
    if (found == truth) continue;
    if (!found.error.empty()) {
      return Failure{relation + ", error " + found.error.substr(0, 30), statement, found.error};
    }
    return Failure{relation, statement, model::difference_of(truth.rows, found.rows)};
  }

  const Query plain = without_lists(query);
  const std::string plain_statement = text(plain);
  const Query backward = reversed(plain);
  const Answer plain_answer = answer(engines_[0], plain, plain_statement);
  if (auto failure = compare("reversal", plain_statement, plain_answer, backward, text(backward))) {
    return failure;
  }
  if (has_several_paths(query)) {
    const Query other = reordered(query);
    if (auto failure = compare("order of paths", statement, truth, other, text(other))) {
      return failure;
    }
  }
  Spelling cypher;
  cypher.words = Spelling::Words::kCypher;
  if (auto failure = compare("openCypher", statement, truth, query, text(query, cypher))) {
    return failure;
  }
  Parameters parameters;
  Spelling with_parameters;
  with_parameters.parameters = &parameters;
  const std::string parametrized = text(query, with_parameters);
  if (auto failure = compare("parameters", statement, truth, query, parametrized, parameters)) {
    return failure;
  }
  return partition(query);
}

/// Each row passes exactly one of p, NOT p and p IS UNKNOWN, and a row passes a condition wherever
/// it stands.
std::optional<Failure> Relations::partition(const Query& query) {
  const ExpressionPtr condition = last_condition(query);
  if (!condition) return std::nullopt;
  ++counts_["partition"];
  const Query all = with_condition(query, nullptr);
  Answer whole = answer(engines_[0], all, text(all));
  Answer parts;
  std::string statements = text(all);
  for (const ExpressionPtr& part :
       {condition, operation("NOT", {condition}), operation("IS UNKNOWN", {condition})}) {
    const Query one = with_condition(query, part);
    statements += "\n" + text(one);
    const Answer found = answer(engines_[0], one, text(one));
    parts.rows.insert(parts.rows.end(), found.rows.begin(), found.rows.end());
    parts.error += found.error;
  }
  std::sort(parts.rows.begin(), parts.rows.end());
  std::sort(whole.rows.begin(), whole.rows.end());
  if (parts != whole) {
    return Failure{"partition", statements,
                   parts.error + model::difference_of(whole.rows, parts.rows)};
  }
  const std::optional<Query> in_match = condition_in_match(query, condition);
  if (!in_match) return std::nullopt;
  return compare("condition in MATCH", text(query), answer(engines_[0], query, text(query)),
                 *in_match, text(*in_match));
}

std::optional<Failure> Relations::update(const std::string& statement, const std::string& error,
                                         const model::Graph& after) {
  for (model::Engine& engine : engines_) {
    std::string found, message;
    try {
      engine.execute(statement);
    } catch (const Error& thrown) {
      found = thrown.gqlstatus();
      message = thrown.message();
    }
    const std::string relation = "update, " + engine.name();
    ++counts_[relation];
    if (found != error) {
      return Failure{relation, statement,
                     "error '" + error + "' expected, not '" + found + "' " + message};
    }
    const std::string difference = engine.difference(after);
    if (!difference.empty()) return Failure{relation, statement, difference};
  }
  graph_ = after;
  return std::nullopt;
}

}  // namespace geode::metamorphic
