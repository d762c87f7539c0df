#include "query.hpp"

namespace geode::model {

namespace {

std::string text(const LabelTest& test) {
  switch (test.kind) {
    case LabelTest::Kind::kName:
      return test.name;
    case LabelTest::Kind::kAny:
      return "%";
    case LabelTest::Kind::kNot:
      return "!" + text(*test.left);
    case LabelTest::Kind::kAnd:
      return "(" + text(*test.left) + "&" + text(*test.right) + ")";
    case LabelTest::Kind::kOr:
      return "(" + text(*test.left) + "|" + text(*test.right) + ")";
  }
  return "";
}

template <class Element>
std::string inside(const Element& element) {
  std::string out = element.variable;
  if (element.labels) out += ":" + text(*element.labels);
  if (!element.properties.empty()) out += " " + literal(element.properties);
  if (element.condition) out += " WHERE " + text(*element.condition);
  return out;
}

std::string text(const EdgePattern& edge) {
  std::string out = (edge.direction == '<' ? "<-[" : "-[") + inside(edge) +
                    (edge.direction == '>' ? "]->" : "]-");
  if (!edge.quantified) return out;
  return out + "{" + std::to_string(edge.minimum) + "," +
         (edge.maximum ? std::to_string(*edge.maximum) : "") + "}";
}

std::string text(const PathPattern& path) {
  std::string out = path.variable.empty() ? "" : path.variable + " = ";
  if (!path.prefix.empty()) out += path.prefix + " ";
  for (std::size_t i = 0; i < path.nodes.size(); ++i) {
    if (i > 0) out += text(path.edges[i - 1]);
    out += "(" + inside(path.nodes[i]) + ")";
  }
  return out;
}

template <class Parts, class F>
std::string joined(const Parts& parts, F f) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : ", ") + f(part);
  return out;
}

std::string text(const Item& item) {
  std::string out = item.expression ? text(*item.expression) : "*";
  if (!item.aggregate.empty()) {
    out = item.aggregate + "(" + (item.distinct ? "DISTINCT " : "") + out + ")";
  }
  return out == item.alias ? out : out + " AS " + item.alias;
}

std::string text(const Projection& projection) {
  std::string out = projection.last ? "RETURN " : "WITH ";
  if (projection.distinct) out += "DISTINCT ";
  out += joined(projection.items, [](const Item& item) { return text(item); });
  if (projection.ordered) {
    std::size_t i = 0;
    out += " ORDER BY " + joined(projection.items, [&](const Item& item) {
             return item.alias + (projection.descending[i++] ? " DESC" : "");
           });
  }
  if (projection.skip) out += " SKIP " + std::to_string(*projection.skip);
  if (projection.limit) out += " LIMIT " + std::to_string(*projection.limit);
  if (projection.where) out += " WHERE " + text(*projection.where);
  return out;
}

std::string text(const Unwind& unwind) {
  return "UNWIND " + text(*unwind.list) + " AS " + unwind.alias;
}

std::string text(const Filter& filter) { return "FILTER " + text(*filter.condition); }

std::string text(const Call& call) {
  return (call.optional ? "OPTIONAL CALL (" : "CALL (") +
         joined(call.imports, [](const std::string& name) { return name; }) + ") { " +
         text(*call.query) + " }";
}

}  // namespace

std::string text(const Expression& e) {
  using Kind = Expression::Kind;
  auto child = [&](std::size_t i) { return text(*e.children[i]); };
  auto list = [&] {
    return joined(e.children, [](const ExpressionPtr& part) { return text(*part); });
  };
  switch (e.kind) {
    case Kind::kLiteral:
      return literal(e.literal);
    case Kind::kVariable:
      return e.name;
    case Kind::kProperty:
      return child(0) + "." + e.name;
    case Kind::kLabels:
      return "(" + child(0) + ":" + text(*e.labels) + ")";
    case Kind::kOperator:
      if (e.children.size() == 2) return "(" + child(0) + " " + e.name + " " + child(1) + ")";
      return e.name == "NOT" ? "(NOT " + child(0) + ")" : "(" + child(0) + " " + e.name + ")";
    case Kind::kFunction:
      return e.name + "(" + list() + ")";
    case Kind::kList:
      return "[" + list() + "]";
    case Kind::kCase:
      return "CASE WHEN " + child(0) + " THEN " + child(1) + " ELSE " + child(2) + " END";
    case Kind::kExists:
      return "EXISTS { " + text(*e.match) + " }";
    case Kind::kCount:
      return "COUNT { " + text(*e.match) + " }";
  }
  return "";
}

std::string text(const Match& match) {
  std::string out = match.optional ? "OPTIONAL MATCH " : "MATCH ";
  out += joined(match.paths, [](const PathPattern& path) { return text(path); });
  if (match.where) out += " WHERE " + text(*match.where);
  return out;
}

std::string text(const Query& query) {
  std::string out;
  for (std::size_t i = 0; i < query.parts.size(); ++i) {
    if (i > 0) out += " " + query.operators[i - 1] + " ";
    for (std::size_t j = 0; j < query.parts[i].size(); ++j) {
      if (j > 0) out += " ";
      out += std::visit([](const auto& clause) { return text(clause); }, query.parts[i][j]);
    }
  }
  return out;
}

}  // namespace geode::model
