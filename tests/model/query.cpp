#include "query.hpp"

#include <algorithm>

namespace geode::model {

namespace {

template <class Parts, class F>
std::string joined(const Parts& parts, F f, const char* between = ", ") {
  std::string out;
  bool first = true;
  for (const auto& part : parts) {
    if (!first) out += between;
    first = false;
    out += f(part);
  }
  return out;
}

std::string text_of(const LabelTest& test) {
  switch (test.kind) {
    case LabelTest::Kind::kName:
      return test.name;
    case LabelTest::Kind::kAny:
      return "%";
    case LabelTest::Kind::kNot:
      return "!" + text_of(*test.left);
    case LabelTest::Kind::kAnd:
      return "(" + text_of(*test.left) + "&" + text_of(*test.right) + ")";
    case LabelTest::Kind::kOr:
      return "(" + text_of(*test.left) + "|" + text_of(*test.right) + ")";
  }
  return "";
}

std::string quantifier(int minimum, const std::optional<int>& maximum) {
  return "{" + std::to_string(minimum) + "," + (maximum ? std::to_string(*maximum) : "") + "}";
}

class Writer {
 public:
  explicit Writer(Spelling spelling)
      : parameters_(spelling.parameters), cypher_(spelling.words == Spelling::Words::kCypher) {}

  std::string operator()(const Expression& e) {
    using Kind = Expression::Kind;
    auto child = [&](std::size_t i) { return (*this)(*e.children[i]); };
    switch (e.kind) {
      case Kind::kLiteral:
        return constant(e.literal);
      case Kind::kVariable:
        return e.name;
      case Kind::kProperty:
        return child(0) + "." + e.name;
      case Kind::kLabels:
        return "(" + child(0) + labels(*e.labels, " IS LABELED ") + ")";
      case Kind::kOperator: {
        const std::string name = cypher_ && e.name == "<>" ? "!=" : e.name;
        if (e.children.size() == 2) return "(" + child(0) + " " + name + " " + child(1) + ")";
        return name == "NOT" ? "(NOT " + child(0) + ")" : "(" + child(0) + " " + name + ")";
      }
      case Kind::kFunction:
        return function(e.name) + "(" + list(e.children) + ")";
      case Kind::kList:
        return "[" + list(e.children) + "]";
      case Kind::kCase:
        return "CASE WHEN " + child(0) + " THEN " + child(1) + " ELSE " + child(2) + " END";
      case Kind::kExists:
        return cypher_ ? "(COUNT { " + (*this)(*e.match) + " } > 0)"
                       : "EXISTS { " + (*this)(*e.match) + " }";
      case Kind::kCount:
        return cypher_ ? "COUNT { " + (*this)(*e.match) + " }"
                       : "VALUE { " + (*this)(*e.match) + " RETURN count(*) AS c }";
    }
    return "";
  }

  std::string operator()(const Match& match) {
    std::string out = match.optional ? "OPTIONAL MATCH " : "MATCH ";
    if (match.repeatable) out += "REPEATABLE ELEMENTS ";
    out += joined(match.paths, [&](const PathPattern& path) { return (*this)(path); });
    if (match.where) out += " WHERE " + (*this)(*match.where);
    return out;
  }

  std::string operator()(const Query& query) {
    std::string out;
    for (std::size_t i = 0; i < query.parts.size(); ++i) {
      if (i > 0) out += " " + query.operators[i - 1] + " ";
      out += joined(
          query.parts[i],
          [&](const Clause& clause) {
            return std::visit([&](const auto& each) { return (*this)(each); }, clause);
          },
          " ");
    }
    return out;
  }

 private:
  std::string constant(const Value& value) {
    if (!parameters_) return literal(value);
    const std::string name = "p" + std::to_string(parameters_->entries().size() + 1);
    parameters_->set(name, value);
    return "$" + name;
  }

  std::string count(int number) { return constant(Value(number)); }

  std::string function(const std::string& name) const {
    if (name == "path_length") return cypher_ ? "length" : "PATH_LENGTH";
    if (name == "size") return cypher_ ? "size" : "CARDINALITY";
    if (name == "collect") return cypher_ ? "collect" : "COLLECT_LIST";
    return name;
  }

  std::string list(const std::vector<ExpressionPtr>& parts) {
    return joined(parts, [&](const ExpressionPtr& part) { return (*this)(*part); });
  }

  std::string labels(const LabelTest& test, const char* word = " IS ") const {
    const bool names = test.kind == LabelTest::Kind::kAnd &&
                       test.left->kind == LabelTest::Kind::kName &&
                       test.right->kind == LabelTest::Kind::kName;
    if (cypher_ && names) return ":" + test.left->name + ":" + test.right->name;
    return (cypher_ ? ":" : word) + text_of(test);
  }

  std::string properties(const Properties& properties) {
    return "{" +
           joined(properties, [&](const auto& p) { return p.first + ": " + constant(p.second); }) +
           "}";
  }

  template <class Element>
  std::string inside(const Element& element) {
    std::string out = element.variable;
    if (element.labels) out += labels(*element.labels);
    if (!element.properties.empty()) out += " " + properties(element.properties);
    if (element.condition) out += " WHERE " + (*this)(*element.condition);
    return out;
  }

  std::string operator()(const EdgePattern& edge) {
    const std::string left = edge.direction == '<' ? "<-[" : "-[";
    const std::string right = edge.direction == '>' ? "]->" : "]-";
    if (!edge.quantified) return left + inside(edge) + right;
    if (!cypher_ || edge.condition) {
      return left + inside(edge) + right + quantifier(edge.minimum, edge.maximum);
    }
    // [e:X*1..2 {a: 1}]
    EdgePattern bare = edge;
    bare.properties.clear();
    std::string range = "*" + std::to_string(edge.minimum) + "..";
    if (edge.maximum) range += std::to_string(*edge.maximum);
    if (!edge.properties.empty()) range += " " + properties(edge.properties);
    return left + inside(bare) + range + right;
  }

  std::string operator()(const PathTerm& term) {
    using Kind = PathTerm::Kind;
    auto part = [&](const PathTermPtr& each) { return (*this)(*each); };
    switch (term.kind) {
      case Kind::kNode:
        return "(" + inside(term.node) + ")";
      case Kind::kEdge:
        return (*this)(term.edge);
      case Kind::kSequence:
        return joined(term.parts, part, "");
      case Kind::kUnion:
        return joined(term.parts, part, " | ");
      case Kind::kMultiset:
        return joined(term.parts, part, " |+| ");
      case Kind::kGroup:
        break;
    }
    std::string out = "(" + (term.mode.empty() ? "" : term.mode + " ") + (*this)(*term.parts[0]);
    if (term.condition) out += " WHERE " + (*this)(*term.condition);
    out += ")";
    if (term.repeat == PathTerm::Repeat::kMaybe) out += "?";
    if (term.repeat == PathTerm::Repeat::kQuantified) {
      out += quantifier(term.minimum, term.maximum);
    }
    return out;
  }

  std::string operator()(const PathPattern& path) {
    std::string out = path.variable.empty() ? "" : path.variable + " = ";
    if (!path.prefix.empty()) out += path.prefix + " ";
    return out + (*this)(*path.root);
  }

  std::string operator()(const Item& item) {
    std::string out = item.expression ? (*this)(*item.expression) : "*";
    if (!item.aggregate.empty()) {
      out = function(item.aggregate) + "(" + (item.distinct ? "DISTINCT " : "") + out + ")";
    }
    return out == item.alias ? out : out + " AS " + item.alias;
  }

  std::string operator()(const Projection& projection) {
    std::string out = projection.last ? "RETURN " : "WITH ";
    if (projection.distinct) out += "DISTINCT ";
    out += joined(projection.items, [&](const Item& item) { return (*this)(item); });
    if (projection.ordered) {
      std::size_t i = 0;
      out += " ORDER BY " + joined(projection.items, [&](const Item& item) {
               return item.alias + (projection.descending[i++] ? " DESC" : "");
             });
    }
    if (projection.skip) out += (cypher_ ? " SKIP " : " OFFSET ") + count(*projection.skip);
    if (projection.limit) out += " LIMIT " + count(*projection.limit);
    if (projection.where) out += " WHERE " + (*this)(*projection.where);
    return out;
  }

  std::string operator()(const Unwind& unwind) {
    if (cypher_ && unwind.counter.empty()) {
      return "UNWIND " + (*this)(*unwind.list) + " AS " + unwind.alias;
    }
    const std::string out = "FOR " + unwind.alias + " IN " + (*this)(*unwind.list);
    if (unwind.counter.empty()) return out;
    return out + (unwind.from_zero ? " WITH OFFSET " : " WITH ORDINALITY ") + unwind.counter;
  }

  std::string operator()(const Let& let) {
    const std::string value = (*this)(*let.expression);
    return cypher_ ? "WITH *, " + value + " AS " + let.alias : "LET " + let.alias + " = " + value;
  }

  std::string operator()(const Filter& filter) {
    return (cypher_ ? "WITH * WHERE " : "FILTER ") + (*this)(*filter.condition);
  }

  std::string operator()(const Call& call) {
    return (call.optional ? "OPTIONAL CALL (" : "CALL (") +
           joined(call.imports, [](const std::string& name) { return name; }) + ") { " +
           (*this)(*call.query) + " }";
  }

  Parameters* parameters_;
  const bool cypher_;
};

}  // namespace

void for_each_element(const PathTerm& term,
                      const std::function<void(const PathTerm& element)>& visit) {
  if (term.kind == PathTerm::Kind::kNode || term.kind == PathTerm::Kind::kEdge) visit(term);
  for (const PathTermPtr& part : term.parts) for_each_element(*part, visit);
}

std::vector<std::string> variables_of(const PathTerm& term) {
  std::vector<std::string> names;
  for_each_element(term, [&](const PathTerm& element) {
    const std::string& name =
        element.kind == PathTerm::Kind::kNode ? element.node.variable : element.edge.variable;
    if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return;
    names.push_back(name);
  });
  return names;
}

std::string text(const Expression& expression, Spelling spelling) {
  return Writer(spelling)(expression);
}

std::string text(const Match& match, Spelling spelling) { return Writer(spelling)(match); }

std::string text(const Query& query, Spelling spelling) { return Writer(spelling)(query); }

}  // namespace geode::model
