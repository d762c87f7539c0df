#include <array>
#include <string>

#include "gql/syntax/keywords.hpp"
#include "gql/syntax/operator_text.hpp"
#include "gql/syntax/printer.hpp"
#include "value/text.hpp"

namespace geode::gql {

using namespace strength;

namespace {

bool is_signed(const ast::Expression& expression) {
  const auto* literal = std::get_if<ast::Literal>(&expression.node);
  return literal != nullptr && literal->value.is_number();
}

struct StrengthOf {
  Strength operator()(const ast::Literal& x) const {
    return x.value.is_number() ? kSign : kPrimary;
  }
  Strength operator()(const ast::Unary& x) const {
    switch (x.op) {
      case ast::UnaryOperator::kNot:
        return kNot;
      case ast::UnaryOperator::kMinus:
        return kSign;
      case ast::UnaryOperator::kPlus:
        return kPrimary;  // in parentheses of its own
    }
    return kPrimary;
  }
  Strength operator()(const ast::Binary& x) const { return operator_text(x.op).strength; }
  Strength operator()(const ast::IsNull&) const { return kPredicate; }
  Strength operator()(const ast::IsTruth&) const { return kPredicate; }
  Strength operator()(const ast::IsLabeled&) const { return kPredicate; }
  Strength operator()(const ast::IsTyped&) const { return kPredicate; }
  Strength operator()(const ast::IsNormalized&) const { return kPredicate; }
  Strength operator()(const ast::IsDirected&) const { return kPredicate; }
  Strength operator()(const ast::IsEndOf&) const { return kPredicate; }
  Strength operator()(const ast::Between&) const { return kPredicate; }
  // A path is an operand of NOT, AND and OR only.
  Strength operator()(const ast::PatternPredicate&) const { return kNot; }
  Strength operator()(const ast::PropertyAccess&) const { return kPostfix; }
  Strength operator()(const ast::Index&) const { return kPostfix; }
  Strength operator()(const ast::Slice&) const { return kPostfix; }
  // A dot or bracket behind it would belong to the name of the graph or table.
  Strength operator()(const ast::GraphValue&) const { return kSign; }
  Strength operator()(const ast::TableValue&) const { return kSign; }
  Strength operator()(const auto&) const { return kPrimary; }
};

Strength strength_of(const ast::Expression& expression) {
  return std::visit(StrengthOf{}, expression.node);
}

/// Words that, before a parenthesis, begin something else than a call.
bool is_call_keyword(Keyword keyword) {
  switch (keyword) {
    case Keyword::kAll:
    case Keyword::kAnd:
    case Keyword::kAny:
    case Keyword::kAs:
    case Keyword::kCase:
    case Keyword::kCast:
    case Keyword::kElse:
    case Keyword::kFalse:
    case Keyword::kIn:
    case Keyword::kIs:
    case Keyword::kMatch:
    case Keyword::kNone:
    case Keyword::kNot:
    case Keyword::kNull:
    case Keyword::kOr:
    case Keyword::kReduce:
    case Keyword::kReturn:
    case Keyword::kSingle:
    case Keyword::kThen:
    case Keyword::kTrue:
    case Keyword::kUnion:
    case Keyword::kWhen:
    case Keyword::kWhere:
    case Keyword::kWith:
    case Keyword::kXor:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Printer::write(const ast::Expression& expression, int minimum) {
  const bool parentheses = strength_of(expression) < minimum;
  if (parentheses) add("(");
  std::visit([this](const auto& x) { node(x); }, expression.node);
  if (parentheses) add(")");
}

void Printer::write_behind_minus(const ast::Expression& operand, int minimum) {
  const std::size_t begin = out_.size();
  write(operand, minimum);
  if (out_[begin] != '[') return;
  out_.insert(begin, "(");
  add(")");
}

void Printer::write_all(const std::vector<ast::ExpressionPtr>& expressions) {
  write_list(expressions, [this](const ast::ExpressionPtr& x) { write(*x); });
}

void Printer::write_literal(const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
      return add("NULL");
    case ValueType::kBool:
      return add(value.as_bool() ? "TRUE" : "FALSE");
    case ValueType::kInt64:
      return add(std::to_string(value.as_int64()));
    case ValueType::kFloat64:
      return value::append_float(out_, value.as_float64());
    case ValueType::kString:
      return value::append_quoted(out_, value.as_string());
    case ValueType::kBytes: {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      add("X'");
      for (const char c : value.as_bytes()) {
        out_ += kDigits[static_cast<unsigned char>(c) >> 4];
        out_ += kDigits[static_cast<unsigned char>(c) & 15];
      }
      return add("'");
    }
    default:
      // The parser makes no other literals; a pass that folds constants may.
      return add(value.to_string());
  }
}

void Printer::node(const ast::Parameter& x) {
  add("$");
  // $1 needs no quotes.
  if (is_plain_name("_" + x.name)) return add(x.name);
  write_quoted_name(x.name);
}

void Printer::node(const ast::PropertyAccess& x) {
  write(*x.base, kPostfix);
  add(".");
  write_key(x.key);
}

void Printer::node(const ast::Index& x) {
  write(*x.base, kPostfix);
  add("[");
  write(*x.index);
  add("]");
}

void Printer::node(const ast::Slice& x) {
  write(*x.base, kPostfix);
  add("[");
  if (x.from) write(*x.from);
  // The blank keeps a number before the dots from reading as 1. and .5
  add(" .. ");
  if (x.to) write(*x.to);
  add("]");
}

void Printer::node(const ast::Unary& x) {
  if (x.op == ast::UnaryOperator::kNot) {
    add("NOT ");
    return write(*x.operand, kNot);
  }
  // Two dashes would begin a comment, and a minus before a number would become part of it.
  const bool apart = is_signed(*x.operand) || std::holds_alternative<ast::Unary>(x.operand->node);
  const int minimum = apart ? kPrimary : kSign;
  if (x.op == ast::UnaryOperator::kMinus) {
    add("-");
    return write_behind_minus(*x.operand, minimum);
  }
  // Before a bare plus NOT, DISTINCT and their kin would be variables.
  add("(+");
  write(*x.operand, minimum);
  add(")");
}

// ---- predicates

void Printer::write_is(const ast::Expression& operand, bool negated) {
  write(operand, kPredicate);
  add(negated ? " IS NOT " : " IS ");
}

void Printer::node(const ast::IsNull& x) {
  write_is(*x.operand, x.negated);
  add("NULL");
}

void Printer::node(const ast::IsTruth& x) {
  write_is(*x.operand, x.negated);
  add(x.value == ast::TruthValue::kTrue    ? "TRUE"
      : x.value == ast::TruthValue::kFalse ? "FALSE"
                                           : "UNKNOWN");
}

void Printer::node(const ast::IsLabeled& x) {
  write_is(*x.operand, x.negated);
  add("LABELED ");
  // `|` would end the condition of a list comprehension.
  const bool either = x.labels->kind == ast::LabelExpression::Kind::kOr;
  if (either) add("(");
  write(*x.labels);
  if (either) add(")");
}

void Printer::node(const ast::IsTyped& x) {
  write_is(*x.operand, x.negated);
  add("TYPED ");
  add(x.type.type.name());
}

void Printer::node(const ast::IsNormalized& x) {
  write_is(*x.operand, x.negated);
  add(x.form);
  add(" NORMALIZED");
}

void Printer::node(const ast::IsDirected& x) {
  write_is(*x.operand, x.negated);
  add("DIRECTED");
}

void Printer::node(const ast::IsEndOf& x) {
  write_is(*x.node, x.negated);
  add(x.source ? "SOURCE OF " : "DESTINATION OF ");
  write(*x.edge, kSum);
}

void Printer::node(const ast::Between& x) {
  write(*x.operand, kPredicate);
  add(x.negated ? " NOT BETWEEN " : " BETWEEN ");
  write(*x.low, kSum);
  add(" AND ");
  write(*x.high, kSum);
}

// ---- graphs and tables

/// A name alone is taken for that of a graph only when it could be nothing else.
void Printer::node(const ast::GraphValue& x) {
  add("GRAPH ");
  const bool bare = x.graph.kind == ast::GraphReference::Kind::kNamed && !x.graph.schema;
  if (bare && find_keyword(x.graph.name.text) != Keyword::kNotAKeyword) {
    return write_quoted_name(x.graph.name.text);
  }
  write(x.graph);
}

void Printer::node(const ast::TableValue& x) {
  add("TABLE ");
  const auto* variable = std::get_if<ast::Variable>(&x.table->node);
  if (variable != nullptr && find_keyword(variable->name) != Keyword::kNotAKeyword) {
    return write_quoted_name(variable->name);
  }
  write(*x.table, kPrimary);
}

// ---- calls and constructors

void Printer::node(const ast::FunctionCall& x) {
  if (is_call_keyword(find_keyword(x.name))) {
    write_quoted_name(x.name);
  } else {
    write_dotted_name(x.name);
  }
  add("(");
  if (x.distinct) add("DISTINCT ");
  if (x.star) add("*");
  write_all(x.arguments);
  add(")");
  if (!x.filter) return;
  add(" FILTER (WHERE ");
  write(*x.filter);
  add(")");
}

void Printer::node(const ast::Case& x) {
  add("CASE ");
  if (x.operand) {
    write(*x.operand);
    add(" ");
  }
  for (const ast::CaseBranch& branch : x.branches) {
    add("WHEN ");
    write_all(branch.when);
    add(" THEN ");
    write(*branch.then);
    add(" ");
  }
  if (x.otherwise) {
    add("ELSE ");
    write(*x.otherwise);
    add(" ");
  }
  add("END");
}

void Printer::node(const ast::ListConstructor& x) {
  add("[");
  // [x IN xs] would be a comprehension; [(x IN xs)] is a list.
  if (x.elements.size() == 1) {
    write(*x.elements[0], kSum);
  } else {
    write_all(x.elements);
  }
  add("]");
}

void Printer::write_fields(const std::vector<std::pair<ast::Name, ast::ExpressionPtr>>& fields) {
  add("{");
  write_list(fields, [this](const auto& field) {
    write_key(field.first);
    add(": ");
    write(*field.second);
  });
  add("}");
}

void Printer::node(const ast::MapProjection& x) {
  using Kind = ast::MapProjection::Item::Kind;
  write(*x.base, kPostfix);
  add(" {");
  write_list(x.items, [this](const ast::MapProjection::Item& item) {
    switch (item.kind) {
      case Kind::kAllProperties:
        return add(".*");
      case Kind::kProperty:
        add(".");
        return write_key(item.name);
      case Kind::kVariable:
        return write_name(item.name);
      case Kind::kField:
        write_key(item.name);
        add(": ");
        return write(*item.value);
    }
  });
  add("}");
}

void Printer::node(const ast::ListComprehension& x) {
  add("[");
  write_name(x.variable);
  add(" IN ");
  write(*x.list);
  if (x.condition) {
    add(" WHERE ");
    write(*x.condition);
  }
  if (x.result) {
    add(" | ");
    write(*x.result);
  }
  add("]");
}

void Printer::node(const ast::Quantifier& x) {
  static constexpr std::array<std::string_view, 4> kNames = {"all(", "any(", "none(", "single("};
  add(kNames[static_cast<std::size_t>(x.kind)]);
  write_name(x.variable);
  add(" IN ");
  write(*x.list);
  add(" WHERE ");
  write(*x.condition);
  add(")");
}

void Printer::node(const ast::Reduce& x) {
  add("reduce(");
  write_name(x.accumulator);
  add(" = ");
  write(*x.initial);
  add(", ");
  write_name(x.variable);
  add(" IN ");
  write(*x.list);
  add(" | ");
  write(*x.result);
  add(")");
}

void Printer::node(const ast::PatternComprehension& x) {
  add("[");
  write(*x.pattern);
  if (x.condition) {
    add(" WHERE ");
    write(*x.condition);
  }
  add(" | ");
  write(*x.result);
  add("]");
}

void Printer::node(const ast::PatternPredicate& x) { write(*x.pattern); }

void Printer::node(const ast::Subquery& x) {
  static constexpr std::array<std::string_view, 5> kNames = {"EXISTS { ", "COUNT { ", "VALUE { ",
                                                             "COLLECT { ", "TABLE { "};
  add(kNames[static_cast<std::size_t>(x.kind)]);
  write(*x.query);
  add(" }");
}

void Printer::node(const ast::Cast& x) {
  add("CAST(");
  write(*x.operand);
  add(" AS ");
  add(x.type.type.name());
  add(")");
}

void Printer::write_bindings(const std::vector<ast::ValueBinding>& bindings, int minimum) {
  write_list(bindings, [&](const ast::ValueBinding& binding) {
    if (binding.type) add("VALUE ");
    write_name(binding.variable);
    if (binding.type) {
      add(" ");
      add(binding.type->type.name());
    }
    add(" = ");
    write(*binding.value, minimum);
  });
}

void Printer::node(const ast::LetIn& x) {
  add("LET ");
  // IN would end the bindings.
  write_bindings(x.bindings, kSum);
  add(" IN ");
  write(*x.body);
  add(" END");
}

void Printer::node(const ast::Trim& x) {
  static constexpr std::array<std::string_view, 3> kSides = {"TRIM(BOTH ", "TRIM(LEADING ",
                                                             "TRIM(TRAILING "};
  add(kSides[static_cast<std::size_t>(x.side)]);
  if (x.characters) {
    write(*x.characters);
    add(" ");
  }
  add("FROM ");
  write(*x.source);
  add(")");
}

}  // namespace geode::gql
