#include <string_view>

#include "gql/syntax/keywords.hpp"
#include "gql/syntax/printer.hpp"

namespace geode::gql {

// ---- RETURN, WITH

void Printer::clause(const ast::WithClause& x) {
  add("WITH ");
  write(x.projection);
  if (!x.projection.condition) return;
  add(" WHERE ");
  write(*x.projection.condition);
}

void Printer::clause(const ast::ReturnClause& x) {
  if (x.finish) return add("FINISH");
  add("RETURN ");
  write(x.projection);
}

void Printer::write(const ast::Projection& projection) {
  write_items(projection);
  write_tail(projection);
}

void Printer::write_items(const ast::Projection& projection) {
  if (projection.distinct) add("DISTINCT ");
  if (projection.star) add(projection.items.empty() ? "*" : "*, ");
  write_list(projection.items, [this](const ast::ProjectionItem& item) {
    write(*item.expression);
    if (!item.alias) return;
    add(" AS ");
    write_name(*item.alias);
  });
}

/// With a blank in front, when there is any.
void Printer::write_tail(const ast::Projection& projection) {
  if (projection.group_by) {
    add(projection.group_by->empty() ? " GROUP BY ()" : " GROUP BY ");
    write_all(*projection.group_by);
  }
  if (projection.having) {
    add(" HAVING ");
    write(*projection.having);
  }
  const ast::OrderAndPage& page = projection.page;
  if (page.order_by.empty() && !page.offset && !page.limit) return;
  add(" ");
  write(page);
}

void Printer::write(const ast::OrderAndPage& page) {
  const std::size_t start = out_.size();
  const auto part = [&](std::string_view text) {
    if (out_.size() > start) add(" ");
    add(text);
  };
  if (!page.order_by.empty()) {
    part("ORDER BY ");
    write_list(page.order_by, [this](const ast::SortItem& item) {
      write(*item.expression);
      if (item.descending) add(" DESC");
      if (item.nulls == ast::SortItem::Nulls::kFirst) add(" NULLS FIRST");
      if (item.nulls == ast::SortItem::Nulls::kLast) add(" NULLS LAST");
    });
  }
  if (page.offset) {
    part("OFFSET ");
    write(*page.offset);
  }
  if (page.limit) {
    part("LIMIT ");
    write(*page.limit);
  }
}

void Printer::clause(const ast::PageClause& x) { write(x.page); }

// ---- SELECT

/// From the first table among the sources to the RETURN at the end.
void Printer::write_select(std::span<const ast::Clause> clauses) {
  const ast::Projection& result = std::get<ast::ReturnClause>(clauses.back()).projection;
  clauses = clauses.first(clauses.size() - 1);
  const auto* filter = std::get_if<ast::FilterClause>(&clauses.back());
  if (filter != nullptr) clauses = clauses.first(clauses.size() - 1);
  add("SELECT ");
  write_items(result);
  add(" FROM ");
  for (bool first = true; !clauses.empty(); first = false) {
    if (!first) add(", ");
    clauses = clauses.subspan(write_source(clauses));
  }
  if (filter != nullptr) {
    add(" WHERE ");
    write(*filter->condition);
  }
  write_tail(result);
}

/// One source of SELECT; gives the number of clauses it is made of.
std::size_t Printer::write_source(std::span<const ast::Clause> clauses) {
  if (const auto* table = std::get_if<ast::CallProcedure>(&clauses[0]); table && table->table) {
    write_table(*table);
    return 1;
  }
  const auto* use = std::get_if<ast::UseClause>(&clauses[0]);
  std::size_t count = use != nullptr ? 1 : 0;
  const auto columns_behind = [&](std::size_t match) {
    return match + 1 < clauses.size() &&
           std::holds_alternative<ast::WithClause>(clauses[match + 1]);
  };
  const bool graph_table = columns_behind(count);
  if (graph_table) add("GRAPH_TABLE (");
  if (use != nullptr) {
    write(use->graph);
    add(" ");
  }
  if (graph_table) {
    write_clause(clauses[count]);
    add(" COLUMNS (");
    write_items(std::get<ast::WithClause>(clauses[count + 1]).projection);
    add("))");
    return count + 2;
  }
  const auto* nested = std::get_if<ast::CallSubquery>(&clauses[count]);
  if (nested != nullptr && !nested->optional) {
    add("{ ");
    write(*nested->query);
    add(" }");
    return count + 1;
  }
  const auto is_match = [](const ast::Clause& x) {
    const auto* subquery = std::get_if<ast::CallSubquery>(&x);
    const auto* procedure = std::get_if<ast::CallProcedure>(&x);
    return std::holds_alternative<ast::MatchClause>(x) || (subquery && subquery->optional) ||
           (procedure && procedure->optional);
  };
  const std::size_t first = count;
  for (; count < clauses.size() && is_match(clauses[count]) && !columns_behind(count); ++count) {
    if (count > first) add(" ");
    write_clause(clauses[count]);
  }
  return count;
}

void Printer::write_table(const ast::CallProcedure& table) {
  const std::string_view name = table.name.text;
  if (find_keyword(name.substr(0, name.find('.'))) != Keyword::kNotAKeyword) {
    write_quoted_name(name);
  } else {
    write_dotted_name(name);
  }
  if (table.arguments.empty()) return;
  add("(");
  write_all(table.arguments);
  add(")");
}

}  // namespace geode::gql
