#include "gql/syntax/keywords.hpp"
#include "gql/syntax/printer.hpp"

namespace geode::gql {

/// A name where words such as CURRENT_GRAPH, ANY or LABELS mean something else.
void Printer::write_catalog_name(const ast::Name& name) {
  const auto is = [&](std::string_view word) { return equals_ignoring_case(name.text, word); };
  const bool word = find_keyword(name.text) != Keyword::kNotAKeyword || is("CURRENT_SCHEMA") ||
                    is("HOME_SCHEMA") || is("HOME_PROPERTY_GRAPH");
  if (word) {
    write_quoted_name(name.text);
  } else {
    write_name(name);
  }
}

void Printer::write(const ast::SchemaReference& x) {
  using Base = ast::SchemaReference::Base;
  bool separate = true;  // a slash comes before the next name
  switch (x.base) {
    case Base::kRoot:
      add("/");
      separate = false;
      break;
    case Base::kHome:
      add("HOME_SCHEMA");
      break;
    case Base::kParameter:
      node(ast::Parameter{x.parameter.text});
      break;
    case Base::kCurrent:
      add(x.up == 0 ? "CURRENT_SCHEMA" : "..");
      break;
  }
  for (std::uint32_t i = x.base == Base::kCurrent ? 1 : 0; i < x.up; ++i) {
    if (separate) add("/");
    add("..");
    separate = true;
  }
  for (const ast::Name& name : x.names) {
    if (separate) add("/");
    write_catalog_name(name);
    separate = true;
  }
}

void Printer::write(const ast::GraphReference& x) {
  using Kind = ast::GraphReference::Kind;
  switch (x.kind) {
    case Kind::kCurrent:
      return add("CURRENT_GRAPH");
    case Kind::kHome:
      return add("HOME_GRAPH");
    case Kind::kParameter:
      return node(ast::Parameter{x.name.text});
    case Kind::kNamed:
      break;
  }
  if (x.schema) {
    write(*x.schema);
    const bool is_root = x.schema->base == ast::SchemaReference::Base::kRoot && x.schema->up == 0 &&
                         x.schema->names.empty();
    if (!is_root) add("/");
  }
  write_catalog_name(x.name);
}

// ---- graph types

/// Labels and properties; `pattern`: in parentheses or brackets, where the alias stands too and
/// LABELS behind it would be a type.
void Printer::write_filler(const ast::ElementTypeSpecification& x, bool pattern) {
  const auto labels = [&](const std::vector<ast::Name>& names, std::string_view before) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      add(i == 0 ? before : "&");
      write_name(names[i]);
    }
  };
  if (pattern && x.alias) write_catalog_name(*x.alias);
  labels(x.key_labels, pattern ? ":" : " LABELS ");
  if (x.has_key) add(" =>");
  labels(x.labels, !pattern ? " LABELS " : x.has_key ? " :" : ":");
  const bool bare = x.labels.empty() && x.key_labels.empty() && !x.has_key;
  if (x.properties.empty() && (!bare || x.reference)) return;
  add(" {");
  write_list(x.properties, [this](const auto& property) {
    write_key(property.first);
    add(" ");
    add(property.second.type.name());
  });
  add("}");
}

void Printer::write_end(const ast::EndpointSpecification& x) {
  add("(");
  if (x.alias) write_catalog_name(*x.alias);
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    add(i == 0 ? ":" : "&");
    write_name(x.labels[i]);
  }
  add(")");
}

void Printer::write_node_type(const ast::ElementTypeSpecification& x) {
  if (x.name) {
    add(" ");
    write_catalog_name(*x.name);
  }
  if (!x.alias) return write_filler(x, false);
  add(" (");
  write_filler(x, true);
  add(")");
}

void Printer::write(const ast::GraphTypeSpecification& x) {
  add("{ ");
  bool first = true;
  for (const ast::ElementTypeSpecification& type : x.nodes) {
    if (!std::exchange(first, false)) add(", ");
    add("NODE TYPE");
    write_node_type(type);
  }
  for (const ast::EdgeTypeSpecification& type : x.edges) {
    if (!std::exchange(first, false)) add(", ");
    add(type.directed ? "EDGE TYPE" : "UNDIRECTED EDGE TYPE");
    write(type);
  }
  add(" }");
}

void Printer::write(const ast::EdgeTypeSpecification& x) {
  if (x.element.name) {
    add(" ");
    write_catalog_name(*x.element.name);
  }
  const bool anywhere = x.directed && !x.element.alias && !x.source.alias &&
                        x.source.labels.empty() && !x.target.alias && x.target.labels.empty();
  if (anywhere) return write_filler(x.element, false);
  add(" ");
  write_end(x.source);
  add(x.directed ? "-[" : "~[");
  write_filler(x.element, true);
  add(x.directed ? "]->" : "]~");
  write_end(x.target);
}

void Printer::write(const ast::GraphTypeSource& x) {
  using Kind = ast::GraphTypeSource::Kind;
  switch (x.kind) {
    case Kind::kOpen:
      return;
    case Kind::kLike:
      add(" LIKE ");
      return write(x.reference);
    case Kind::kReference:
      add(" TYPED ");
      return write(x.reference);
    case Kind::kInline:
      add(" ");
      return write(x.specification);
  }
}

// ---- statements

void Printer::write_object(std::string_view verb, std::string_view object, std::string_view check) {
  add(verb);
  add(object);
  add(check);
}

void Printer::statement(const ast::CreateSchema& x) {
  write_object("CREATE ", "SCHEMA ", x.if_not_exists ? "IF NOT EXISTS " : "");
  write(x.schema);
}

void Printer::statement(const ast::DropSchema& x) {
  write_object("DROP ", "SCHEMA ", x.if_exists ? "IF EXISTS " : "");
  write(x.schema);
}

void Printer::statement(const ast::CreateGraph& x) {
  write_object(x.or_replace ? "CREATE OR REPLACE " : "CREATE ", "GRAPH ",
               x.if_not_exists ? "IF NOT EXISTS " : "");
  write(x.graph);
  write(x.type);
  if (!x.copy_of) return;
  add(" AS COPY OF ");
  write(*x.copy_of);
}

void Printer::statement(const ast::DropGraph& x) {
  write_object("DROP ", "GRAPH ", x.if_exists ? "IF EXISTS " : "");
  write(x.graph);
}

void Printer::statement(const ast::CreateGraphType& x) {
  write_object(x.or_replace ? "CREATE OR REPLACE " : "CREATE ", "GRAPH TYPE ",
               x.if_not_exists ? "IF NOT EXISTS " : "");
  write(x.type);
  if (x.source.kind != ast::GraphTypeSource::Kind::kReference) return write(x.source);
  add(" AS COPY OF ");
  write(x.source.reference);
}

void Printer::statement(const ast::DropGraphType& x) {
  write_object("DROP ", "GRAPH TYPE ", x.if_exists ? "IF EXISTS " : "");
  write(x.type);
}

void Printer::statement(const ast::CreateElementType& x) {
  write_object(x.or_replace ? "CREATE OR REPLACE " : "CREATE ", x.edge ? "EDGE TYPE" : "NODE TYPE",
               x.if_not_exists ? " IF NOT EXISTS" : "");
  if (x.edge) return write(x.type);
  write_node_type(x.type.element);
}

void Printer::statement(const ast::DropElementType& x) {
  write_object("DROP ", x.edge ? "EDGE TYPE " : "NODE TYPE ", x.if_exists ? "IF EXISTS " : "");
  write_name(x.name);
}

}  // namespace geode::gql
