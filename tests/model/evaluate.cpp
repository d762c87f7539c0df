#include "evaluate.hpp"

#include <algorithm>
#include <set>

namespace geode::model {

namespace {

using Truth = std::optional<bool>;

constexpr std::size_t kMostWork = 400'000;

Truth truth(const Value& value) {
  if (value.is_null()) return std::nullopt;
  return value.as_bool();
}

Value value_of(Truth truth) { return truth ? Value(*truth) : Value(); }

Truth negated(Truth truth) { return truth ? Truth(!*truth) : Truth(); }

/// Lists, strings, truth values, numbers, null: the openCypher order among the kinds used here.
int rank(const Value& value) {
  switch (value.type()) {
    case ValueType::kList:
      return 0;
    case ValueType::kString:
      return 1;
    case ValueType::kBool:
      return 2;
    case ValueType::kNull:
      return 4;
    default:
      return 3;
  }
}

Truth less(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null() || rank(a) != rank(b)) return std::nullopt;
  return order(a, b) < 0;
}

Truth contained(const Value& value, const Value& list) {
  if (list.is_null()) return std::nullopt;
  Truth found = false;
  for (const Value& element : list.as_list()) {
    const Truth same = equal(value, element);
    if (same == Truth(true)) return true;
    if (!same) found = std::nullopt;
  }
  return found;
}

}  // namespace

Truth equal(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return std::nullopt;
  if (a.is_number() && b.is_number()) return a.as_number() == b.as_number();
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case ValueType::kNode:
      return a.node_id() == b.node_id();
    case ValueType::kEdge:
      return a.as_edge().id == b.as_edge().id;
    case ValueType::kBool:
      return a.as_bool() == b.as_bool();
    case ValueType::kString:
      return a.as_string() == b.as_string();
    default: {
      const List &x = a.as_list(), &y = b.as_list();
      if (x.size() != y.size()) return false;
      Truth all = true;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const Truth same = equal(x[i], y[i]);
        if (same == Truth(false)) return false;
        if (!same) all = std::nullopt;
      }
      return all;
    }
  }
}

int order(const Value& a, const Value& b) {
  if (rank(a) != rank(b)) return rank(a) < rank(b) ? -1 : 1;
  switch (rank(a)) {
    case 0: {
      const List &x = a.as_list(), &y = b.as_list();
      for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) {
        if (const int c = order(x[i], y[i])) return c;
      }
      return x.size() < y.size() ? -1 : x.size() > y.size() ? 1 : 0;
    }
    case 1:
      return a.as_string().compare(b.as_string());
    case 2:
      return static_cast<int>(a.as_bool()) - static_cast<int>(b.as_bool());
    case 3:
      return a.as_number() < b.as_number() ? -1 : a.as_number() > b.as_number() ? 1 : 0;
    default:
      return 0;
  }
}

void Evaluator::work() {
  if (++work_ > kMostWork) throw TooMuchWork();
}

bool Evaluator::has_labels(const LabelTest& test, const std::set<std::string>& labels) const {
  switch (test.kind) {
    case LabelTest::Kind::kName:
      return labels.contains(test.name);
    case LabelTest::Kind::kAny:
      return !labels.empty();
    case LabelTest::Kind::kNot:
      return !has_labels(*test.left, labels);
    case LabelTest::Kind::kAnd:
      return has_labels(*test.left, labels) && has_labels(*test.right, labels);
    case LabelTest::Kind::kOr:
      return has_labels(*test.left, labels) || has_labels(*test.right, labels);
  }
  return false;
}

bool Evaluator::passes(const ExpressionPtr& condition, const Row& row) {
  return !condition || truth(value(*condition, row)) == Truth(true);
}

Value Evaluator::operation(const Expression& e, const Row& row) {
  const Value a = value(*e.children[0], row);
  if (e.name == "NOT") return value_of(negated(truth(a)));
  if (e.name == "IS NULL") return Value(a.is_null());
  if (e.name == "IS NOT NULL") return Value(!a.is_null());
  if (e.name == "IS TRUE") return Value(truth(a) == Truth(true));
  if (e.name == "IS NOT FALSE") return Value(truth(a) != Truth(false));
  if (e.name == "IS UNKNOWN") return Value(a.is_null());
  const Value b = value(*e.children[1], row);
  if (e.name == "AND" || e.name == "OR") {
    const bool decides = e.name == "OR";
    if (truth(a) == Truth(decides) || truth(b) == Truth(decides)) return Value(decides);
    return a.is_null() || b.is_null() ? Value() : Value(!decides);
  }
  if (e.name == "=") return value_of(equal(a, b));
  if (e.name == "<>") return value_of(negated(equal(a, b)));
  if (e.name == "<") return value_of(less(a, b));
  if (e.name == ">") return value_of(less(b, a));
  if (e.name == "<=") return value_of(negated(less(b, a)));
  if (e.name == ">=") return value_of(negated(less(a, b)));
  if (e.name == "IN") return value_of(contained(a, b));
  if (a.is_null() || b.is_null()) return Value();
  if (e.name == "XOR") return Value(a.as_bool() != b.as_bool());
  if (e.name == "+") return Value(static_cast<long>(a.as_int64() + b.as_int64()));
  if (e.name == "-") return Value(static_cast<long>(a.as_int64() - b.as_int64()));
  if (e.name == "*") return Value(static_cast<long>(a.as_int64() * b.as_int64()));
  if (e.name == "ENDS WITH") return Value(a.as_string().ends_with(b.as_string()));
  if (e.name == "STARTS WITH") return Value(a.as_string().starts_with(b.as_string()));
  if (e.name == "CONTAINS") return Value(a.as_string().find(b.as_string()) != std::string::npos);
  throw std::logic_error("no operator " + e.name);
}

Value Evaluator::value(const Expression& e, const Row& row) {
  work();
  using Kind = Expression::Kind;
  switch (e.kind) {
    case Kind::kLiteral:
      return e.literal;
    case Kind::kVariable:
      return row.at(e.name);
    case Kind::kProperty: {
      const Value element = value(*e.children[0], row);
      if (element.is_null()) return Value();
      const Properties& properties = element.type() == ValueType::kNode
                                         ? graph_.nodes.at(raw(element.node_id())).properties
                                         : graph_.edges.at(raw(element.as_edge().id)).properties;
      const auto found = properties.find(e.name);
      return found == properties.end() ? Value() : found->second;
    }
    case Kind::kLabels: {
      const Value element = value(*e.children[0], row);
      if (element.is_null()) return Value();
      if (element.type() == ValueType::kNode) {
        return Value(has_labels(*e.labels, graph_.nodes.at(raw(element.node_id())).labels));
      }
      return Value(has_labels(*e.labels, {graph_.edges.at(raw(element.as_edge().id)).label}));
    }
    case Kind::kOperator:
      return operation(e, row);
    case Kind::kFunction: {
      if (e.name == "coalesce") {
        // All of them are evaluated, as the engine may do so: the work counts.
        Value first;
        for (const ExpressionPtr& child : e.children) {
          Value found = value(*child, row);
          if (first.is_null()) first = std::move(found);
        }
        return first;
      }
      // size of a list, and path_length of a path, which is held as its length.
      const Value argument = value(*e.children[0], row);
      if (argument.type() != ValueType::kList) return argument;
      return Value(static_cast<long>(argument.as_list().size()));
    }
    case Kind::kList: {
      List list;
      for (const ExpressionPtr& child : e.children) list.push_back(value(*child, row));
      return Value(std::move(list));
    }
    case Kind::kCase: {
      const bool chosen = truth(value(*e.children[0], row)) == Truth(true);
      return value(*e.children[chosen ? 1 : 2], row);
    }
    case Kind::kExists:
      return Value(!match(*e.match, row).empty());
    case Kind::kCount:
      return Value(static_cast<long>(match(*e.match, row).size()));
  }
  return Value();
}

Value Evaluator::aggregate(const Item& item, const std::vector<Row>& rows) {
  if (!item.expression) return Value(static_cast<long>(rows.size()));
  std::vector<Value> values;
  std::set<std::string> seen;
  for (const Row& row : rows) {
    Value one = value(*item.expression, row);
    if (one.is_null()) continue;
    if (!item.distinct || seen.insert(identity(one)).second) values.push_back(one);
  }
  if (item.aggregate == "count") return Value(static_cast<long>(values.size()));
  if (item.aggregate == "collect") return Value(List(values.begin(), values.end()));
  if (item.aggregate == "min" || item.aggregate == "max") {
    const auto by_order = [](const Value& a, const Value& b) { return order(a, b) < 0; };
    if (values.empty()) return Value();
    return item.aggregate == "min" ? *std::min_element(values.begin(), values.end(), by_order)
                                   : *std::max_element(values.begin(), values.end(), by_order);
  }
  long sum = 0;
  for (const Value& one : values) sum += one.as_int64();
  if (item.aggregate == "sum") {
    // The sum of no rows is 0, the sum of nulls alone is null.
    return values.empty() && !rows.empty() ? Value() : Value(sum);
  }
  if (values.empty()) return Value();
  return Value(static_cast<double>(sum) / static_cast<double>(values.size()));
}

std::vector<Row> Evaluator::project(const Projection& projection, const std::vector<Row>& input) {
  std::vector<Row> output;
  const bool aggregating = std::any_of(projection.items.begin(), projection.items.end(),
                                       [](const Item& item) { return !item.aggregate.empty(); });
  if (aggregating) {
    std::map<std::string, std::pair<Row, std::vector<Row>>> groups;
    bool keyed = false;
    for (const Item& item : projection.items) keyed |= item.aggregate.empty();
    if (!keyed) groups[""];
    for (const Row& row : input) {
      Row keys;
      std::string text;
      for (const Item& item : projection.items) {
        if (!item.aggregate.empty()) continue;
        keys[item.alias] = value(*item.expression, row);
        text += identity(keys[item.alias]) + "|";
      }
      auto& group = groups[text];
      group.first = keys;
      group.second.push_back(row);
    }
    for (auto& [text, group] : groups) {
      Row row = group.first;
      for (const Item& item : projection.items) {
        if (!item.aggregate.empty()) row[item.alias] = aggregate(item, group.second);
      }
      output.push_back(std::move(row));
    }
  } else {
    for (const Row& row : input) {
      Row made;
      for (const Item& item : projection.items) made[item.alias] = value(*item.expression, row);
      output.push_back(std::move(made));
    }
  }
  if (projection.distinct) {
    std::set<std::string> seen;
    std::erase_if(output, [&](const Row& row) {
      std::string text;
      for (const auto& [name, value] : row) text += identity(value) + "|";
      return !seen.insert(text).second;
    });
  }
  if (projection.ordered) {
    std::stable_sort(output.begin(), output.end(), [&](const Row& a, const Row& b) {
      for (std::size_t i = 0; i < projection.items.size(); ++i) {
        const std::string& name = projection.items[i].alias;
        const int c = order(a.at(name), b.at(name));
        if (c != 0) return projection.descending[i] ? c > 0 : c < 0;
      }
      return false;
    });
  }
  const std::size_t skip = static_cast<std::size_t>(projection.skip.value_or(0));
  output.erase(output.begin(),
               output.begin() + static_cast<std::ptrdiff_t>(std::min(skip, output.size())));
  if (projection.limit && output.size() > static_cast<std::size_t>(*projection.limit)) {
    output.resize(static_cast<std::size_t>(*projection.limit));
  }
  std::erase_if(output, [&](const Row& row) { return !passes(projection.where, row); });
  return output;
}

std::vector<Row> Evaluator::run(const Clause& clause, const std::vector<Row>& input) {
  if (const auto* projection = std::get_if<Projection>(&clause)) return project(*projection, input);
  std::vector<Row> output;
  for (const Row& row : input) {
    if (const auto* pattern = std::get_if<Match>(&clause)) {
      for (Row& found : match(*pattern, row)) output.push_back(std::move(found));
    } else if (const auto* unwind = std::get_if<Unwind>(&clause)) {
      const Value list = value(*unwind->list, row);
      if (list.is_null()) continue;
      long place = unwind->from_zero ? 0 : 1;
      for (const Value& element : list.as_list()) {
        output.push_back(row);
        output.back()[unwind->alias] = element;
        if (!unwind->counter.empty()) output.back()[unwind->counter] = Value(place++);
      }
    } else if (const auto* let = std::get_if<Let>(&clause)) {
      output.push_back(row);
      output.back()[let->alias] = value(*let->expression, row);
    } else if (const auto* filter = std::get_if<Filter>(&clause)) {
      if (passes(filter->condition, row)) output.push_back(row);
    } else if (const auto* call = std::get_if<Call>(&clause)) {
      Row imported;
      for (const std::string& name : call->imports) imported[name] = row.at(name);
      std::vector<Row> inner = run(*call->query, {imported});
      if (inner.empty() && call->optional) {
        inner.emplace_back();
        for (const Item& item : call->query->returning().items) inner[0][item.alias] = Value();
      }
      for (const Row& found : inner) {
        output.push_back(row);
        for (const auto& [name, value] : found) output.back()[name] = value;
      }
    }
  }
  return output;
}

std::vector<Row> Evaluator::run(const Query& query, const std::vector<Row>& input) {
  std::vector<Row> result;
  auto text_of = [&](const Row& row) {
    std::string text;
    for (const auto& [name, value] : row) text += identity(value) + "|";
    return text;
  };
  for (std::size_t i = 0; i < query.parts.size(); ++i) {
    std::vector<Row> rows = input;
    for (const Clause& clause : query.parts[i]) rows = run(clause, rows);
    if (i == 0) {
      result = std::move(rows);
      continue;
    }
    const std::string& op = query.operators[i - 1];
    if (op == "UNION ALL" || op == "UNION") {
      result.insert(result.end(), rows.begin(), rows.end());
    } else if (op == "EXCEPT ALL" || op == "INTERSECT ALL") {
      // A row on the right stands for one on the left.
      std::map<std::string, int> right;
      for (const Row& row : rows) ++right[text_of(row)];
      std::erase_if(result, [&](const Row& row) {
        int& left = right[text_of(row)];
        const bool matched = left > 0;
        if (matched) --left;
        return matched == (op == "EXCEPT ALL");
      });
    } else {
      std::set<std::string> right;
      for (const Row& row : rows) right.insert(text_of(row));
      std::erase_if(
          result, [&](const Row& row) { return right.contains(text_of(row)) == (op == "EXCEPT"); });
    }
    if (op.ends_with("ALL")) continue;
    std::set<std::string> seen;
    std::erase_if(result, [&](const Row& row) { return !seen.insert(text_of(row)).second; });
  }
  return result;
}

}  // namespace geode::model
