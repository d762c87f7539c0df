#include "gql/syntax/printer.hpp"

namespace geode::gql {
namespace {

std::string_view word(ast::PrivilegeWord privilege) {
  switch (privilege) {
    case ast::PrivilegeWord::kSelect:
      return "SELECT";
    case ast::PrivilegeWord::kInsert:
      return "INSERT";
    case ast::PrivilegeWord::kUpdate:
      return "UPDATE";
    case ast::PrivilegeWord::kDelete:
      return "DELETE";
    case ast::PrivilegeWord::kAdministration:
      return "ADMINISTRATION";
  }
  return "";
}

std::string_view word(ast::PolicyStatement::Command command) {
  using Command = ast::PolicyStatement::Command;
  if (command == Command::kAll) return "ALL";
  return word(static_cast<ast::PrivilegeWord>(static_cast<int>(command) - 1));
}

}  // namespace

/// Passwords are never printed: what is printed ends up in plans and logs.
void Printer::write_secret(const ast::Expression& secret) {
  if (std::holds_alternative<ast::Parameter>(secret.node)) return write(secret);
  add("'***'");
}

void Printer::statement(const ast::PrincipalStatement& x) {
  using Action = ast::PrincipalStatement::Action;
  if (x.action == Action::kChangeOwnPassword) {
    add("ALTER CURRENT USER SET PASSWORD FROM ");
    write_secret(*x.old_password);
    add(" TO ");
    return write_secret(*x.password);
  }
  const bool create = x.action == Action::kCreateUser || x.action == Action::kCreateRole;
  add(create ? "CREATE " : x.action == Action::kAlterUser ? "ALTER " : "DROP ");
  if (x.or_replace) add("OR REPLACE ");
  add(x.about_user() ? "USER " : "ROLE ");
  if (x.if_not_exists) add("IF NOT EXISTS ");
  if (x.if_exists) add("IF EXISTS ");
  write_name(x.name);
  if (x.password) {
    add(" SET PASSWORD ");
    write_secret(*x.password);
  }
  if (x.roles) {
    add(" SET ROLE ");
    write_names(*x.roles, ", ");
  }
  for (const auto& [name, value] : x.attributes) {
    add(value ? " SET ATTRIBUTE " : " REMOVE ATTRIBUTE ");
    write_name(name);
    if (!value) continue;
    add(" = ");
    write(*value);
  }
  if (x.suspended) add(*x.suspended ? " SET STATUS SUSPENDED" : " SET STATUS ACTIVE");
}

void Printer::statement(const ast::GrantStatement& x) {
  add(x.revoke ? "REVOKE " : "GRANT ");
  if (!x.roles.empty()) {
    add("ROLE ");
    write_names(x.roles, ", ");
  } else {
    write_list(x.privileges, [this](ast::PrivilegeWord privilege) { add(word(privilege)); });
    add(" ON");
    if (x.all_graphs) add(" GRAPH *");
    if (!x.graphs.empty()) {
      add(" GRAPH ");
      write_list(x.graphs, [this](const ast::GraphReference& graph) { write(graph); });
    }
    if (!x.labels.empty()) {
      add(" LABEL ");
      write_names(x.labels, ", ");
    }
  }
  add(x.revoke ? " FROM " : " TO ");
  write_names(x.principals, ", ");
}

void Printer::statement(const ast::PolicyStatement& x) {
  using Action = ast::PolicyStatement::Action;
  add(x.action == Action::kCreate ? "CREATE " : x.action == Action::kAlter ? "ALTER " : "DROP ");
  if (x.or_replace) add("OR REPLACE ");
  add("POLICY ");
  if (x.if_not_exists) add("IF NOT EXISTS ");
  if (x.if_exists) add("IF EXISTS ");
  write_name(x.name);
  if (!x.label) return;
  add(" ON ");
  if (x.alias) {
    add("(");
    write_name(*x.alias);
    add(":");
    write_name(*x.label);
    add(")");
  } else {
    write_name(*x.label);
  }
  if (x.action == Action::kDrop) return;
  if (x.new_name) {
    add(" RENAME TO ");
    return write_name(*x.new_name);
  }
  if (x.restrictive) add(" AS RESTRICTIVE");
  if (x.action == Action::kCreate) {
    add(" FOR ");
    add(word(x.command));
  }
  if (x.principals) {
    add(" TO ");
    if (x.principals->empty()) add("PUBLIC");
    write_names(*x.principals, ", ");
  }
  const auto condition = [this](std::string_view words, const ast::ExpressionPtr& expression) {
    if (!expression) return;
    add(words);
    write(*expression);
    add(")");
  };
  condition(" USING (", x.using_condition);
  condition(" WITH CHECK (", x.check_condition);
}

void Printer::statement(const ast::RowSecurityStatement& x) {
  using Change = ast::RowSecurityStatement::Change;
  add("ALTER TABLE ");
  write_name(x.label);
  add(x.change == Change::kEnable    ? " ENABLE"
      : x.change == Change::kDisable ? " DISABLE"
      : x.change == Change::kForce   ? " FORCE"
                                     : " NO FORCE");
  add(" ROW LEVEL SECURITY");
}

}  // namespace geode::gql
