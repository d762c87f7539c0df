#include <utility>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {

using ast::PrincipalStatement;
using Action = ast::PrincipalStatement::Action;

bool Parser::accept_word(std::string_view upper_case) {
  if (!at_word(upper_case)) return false;
  skip();
  return true;
}

void Parser::expect_word(std::string_view upper_case, std::string_view after) {
  if (accept_word(upper_case)) return;
  fail_expected(std::string(upper_case) + " after " + std::string(after));
}

/// A statement about users, roles, rights or policies begins. `CREATE user = (a)-[..]->(b)` makes a
/// path.
bool Parser::at_security_statement() const {
  if (at_any({Keyword::kGrant, Keyword::kRevoke})) return true;
  if (!at_any({Keyword::kCreate, Keyword::kDrop, Keyword::kAlter})) return false;
  std::size_t subject = 1;
  if (at(Keyword::kOr, 1) && at(Keyword::kReplace, 2)) subject = 3;
  if (at(Keyword::kAlter)) {
    if (at(Keyword::kTable, 1) || at(Keyword::kLabel, 1)) return true;
    if (at_word("CURRENT", 1) && at_word("USER", 2)) return true;
  }
  const bool known =
      at_word("USER", subject) || at_word("ROLE", subject) || at_word("POLICY", subject);
  return known && !at(TokenKind::kEqual, subject + 1);
}

ast::StatementNode Parser::parse_security_statement() {
  if (at_any({Keyword::kGrant, Keyword::kRevoke})) return parse_grant();
  const Keyword verb = token().keyword;
  skip();
  const bool replace = accept_words({Keyword::kOr, Keyword::kReplace});
  if (at_any({Keyword::kTable, Keyword::kLabel})) return parse_row_security();
  if (accept_word("POLICY")) return parse_policy(verb, replace);
  PrincipalStatement statement;
  statement.or_replace = replace;
  if (accept_word("CURRENT")) {
    skip();
    statement.action = Action::kChangeOwnPassword;
    accept(Keyword::kSet);
    expect_word("PASSWORD", "ALTER CURRENT USER SET");
    expect(Keyword::kFrom, "PASSWORD");
    statement.old_password = parse_secret();
    expect(Keyword::kTo, "the old password");
    statement.password = parse_secret();
    return statement;
  }
  if (accept_word("ROLE")) {
    if (verb == Keyword::kAlter) fail_expected("USER, POLICY or TABLE after ALTER");
    statement.action = verb == Keyword::kCreate ? Action::kCreateRole : Action::kDropRole;
  } else {
    expect_word("USER", "the verb");
    statement.action = verb == Keyword::kCreate ? Action::kCreateUser
                       : verb == Keyword::kDrop ? Action::kDropUser
                                                : Action::kAlterUser;
  }
  parse_existence(verb, statement.if_exists, statement.if_not_exists);
  statement.name =
      parse_name(statement.about_user() ? "the name of the user" : "the name of the role");
  parse_existence(verb, statement.if_exists, statement.if_not_exists);
  if (statement.action == Action::kCreateUser || statement.action == Action::kAlterUser) {
    parse_user_parts(statement);
  }
  return statement;
}

void Parser::parse_existence(Keyword verb, bool& if_exists, bool& if_not_exists) {
  if (verb == Keyword::kCreate) {
    if (accept_if_not_exists()) if_not_exists = true;
  } else if (accept_if_exists()) {
    if_exists = true;
  }
}

/// A password: a text or a parameter.
ast::ExpressionPtr Parser::parse_secret() {
  if (!at(TokenKind::kString) && !at(TokenKind::kParameter)) {
    fail_expected("a password in quotes, or a parameter");
  }
  return parse_expression();
}

std::vector<ast::Name> Parser::parse_names(std::string_view what) {
  std::vector<ast::Name> names;
  do {
    names.push_back(parse_name(what));
  } while (accept(TokenKind::kComma));
  return names;
}

void Parser::parse_user_parts(PrincipalStatement& statement) {
  const std::size_t start = next_;
  while (!at(TokenKind::kEnd) && !at(TokenKind::kSemicolon)) {
    const bool removal = accept(Keyword::kRemove);
    if (!removal && !accept(Keyword::kWith)) accept(Keyword::kSet);
    if (!removal && accept_word("PASSWORD")) {
      statement.password = parse_secret();
    } else if (!removal && (accept_word("ROLE") || accept_word("ROLES"))) {
      statement.roles = parse_names("the name of a role");
    } else if (accept_word("ATTRIBUTE") || accept_word("ATTRIBUTES")) {
      do {
        ast::Name name = parse_name("the name of an attribute");
        ast::ExpressionPtr value;
        if (!removal) {
          expect(TokenKind::kEqual, "`=` and the value of the attribute");
          value = parse_expression();
        }
        statement.attributes.emplace_back(std::move(name), std::move(value));
      } while (accept(TokenKind::kComma));
    } else if (!removal && (at_word("STATUS") || at_word("SUSPENDED") || at_word("ACTIVE"))) {
      accept_word("STATUS");
      if (accept_word("SUSPENDED")) {
        statement.suspended = true;
      } else {
        expect_word("ACTIVE", "STATUS");
        statement.suspended = false;
      }
    } else {
      fail_expected("PASSWORD, ROLE, ATTRIBUTE or STATUS");
    }
  }
  if (next_ == start && statement.action == Action::kAlterUser) {
    fail_expected("SET PASSWORD, SET ROLE, SET ATTRIBUTE or SET STATUS");
  }
}

// ---- GRANT and REVOKE

bool Parser::accept_privilege(std::vector<ast::PrivilegeWord>& out) {
  using Word = ast::PrivilegeWord;
  if (accept(Keyword::kSelect) || accept(Keyword::kMatch)) {
    out.push_back(Word::kSelect);
  } else if (accept(Keyword::kInsert)) {
    out.push_back(Word::kInsert);
  } else if (accept_word("UPDATE")) {
    out.push_back(Word::kUpdate);
  } else if (accept(Keyword::kDelete)) {
    out.push_back(Word::kDelete);
  } else if (accept_word("ADMINISTRATION") || accept_word("ADMIN")) {
    out.push_back(Word::kAdministration);
  } else if (accept(Keyword::kAll)) {
    accept_word("PRIVILEGES");
    out = {Word::kSelect, Word::kInsert, Word::kUpdate, Word::kDelete, Word::kAdministration};
  } else {
    return false;
  }
  return true;
}

/// A name stands where ON or a comma before another privilege would: it is that of a role.
bool Parser::at_role_grant() const {
  if (at_word("ROLE") || at_word("ROLES")) return at_name(1);
  for (std::size_t ahead = 0;; ahead += 2) {
    if (!at_name(ahead)) return false;
    if (at(Keyword::kTo, ahead + 1) || at(Keyword::kFrom, ahead + 1)) return true;
    if (!at(TokenKind::kComma, ahead + 1)) return false;
  }
}

ast::StatementNode Parser::parse_grant() {
  const std::size_t start = next_;
  ast::GrantStatement grant;
  grant.revoke = at(Keyword::kRevoke);
  skip();
  if (at_role_grant()) {
    const bool word = at_word("ROLE") || at_word("ROLES");
    if (word && !at(Keyword::kTo, 1) && !at(Keyword::kFrom, 1)) skip();
    grant.roles = parse_names("the name of a role");
  } else {
    do {
      if (!accept_privilege(grant.privileges)) {
        fail_expected("SELECT, INSERT, UPDATE, DELETE, ADMINISTRATION, ALL or a role");
      }
    } while (accept(TokenKind::kComma));
    expect(Keyword::kOn, "the privileges");
    parse_grant_target(grant);
  }
  expect(grant.revoke ? Keyword::kFrom : Keyword::kTo, grant.revoke ? "REVOKE .." : "GRANT ..");
  if (!accept_word("USER")) accept_word("ROLE");
  grant.principals = parse_names("the name of a user or role");
  grant.position = span(start);
  return grant;
}

/// `GRAPH g [LABEL a, b]`, `GRAPHS g, h`, `GRAPH *`, `ALL GRAPHS`, `:Label`, `LABEL a, b`
void Parser::parse_grant_target(ast::GrantStatement& grant) {
  if (accept_words({Keyword::kAll, Keyword::kGraphs})) {
    grant.all_graphs = true;
  } else if (at_any({Keyword::kGraph, Keyword::kGraphs})) {
    skip();
    if (accept(TokenKind::kStar)) {
      grant.all_graphs = true;
    } else {
      do {
        grant.graphs.push_back(parse_graph_reference("the name of a graph, or *"));
      } while (accept(TokenKind::kComma));
    }
  } else if (!at(TokenKind::kColon) && !at_any({Keyword::kLabel, Keyword::kLabels})) {
    fail_expected("GRAPH name, GRAPH *, ALL GRAPHS or LABEL name after ON",
                  {Keyword::kGraph, Keyword::kLabel});
  }
  if (accept(TokenKind::kColon) || accept(Keyword::kLabel) || accept(Keyword::kLabels)) {
    do {
      accept(TokenKind::kColon);
      grant.labels.push_back(parse_name("a label"));
    } while (accept(TokenKind::kComma));
  }
}

// ---- policies

ast::StatementNode Parser::parse_policy(Keyword verb, bool replace) {
  using PolicyAction = ast::PolicyStatement::Action;
  ast::PolicyStatement policy;
  policy.or_replace = replace;
  policy.action = verb == Keyword::kCreate ? PolicyAction::kCreate
                  : verb == Keyword::kDrop ? PolicyAction::kDrop
                                           : PolicyAction::kAlter;
  parse_existence(verb, policy.if_exists, policy.if_not_exists);
  policy.name = parse_name("the name of the policy");
  parse_existence(verb, policy.if_exists, policy.if_not_exists);
  if (policy.action == PolicyAction::kDrop && !at(Keyword::kOn)) return policy;
  expect(Keyword::kOn, "the name of the policy");
  if (accept(TokenKind::kLeftParen)) {
    policy.alias = parse_name("a name for the element");
    expect(TokenKind::kColon, "`:` and a label");
    policy.label = parse_name("a label");
    expect(TokenKind::kRightParen, "`)`");
  } else {
    accept(TokenKind::kColon);
    policy.label = parse_name("a label");
  }
  if (policy.action == PolicyAction::kDrop) return policy;
  if (policy.action == PolicyAction::kAlter && accept_word("RENAME")) {
    expect(Keyword::kTo, "RENAME");
    policy.new_name = parse_name("the new name of the policy");
    return policy;
  }
  parse_policy_parts(policy);
  if (policy.action == PolicyAction::kCreate && !policy.using_condition &&
      !policy.check_condition) {
    fail_expected("USING (condition) or WITH CHECK (condition)", {Keyword::kUsing, Keyword::kWith});
  }
  return policy;
}

void Parser::parse_policy_parts(ast::PolicyStatement& policy) {
  if (accept(Keyword::kAs)) {
    if (accept_word("RESTRICTIVE")) {
      policy.restrictive = true;
    } else if (!accept_word("PERMISSIVE")) {
      policy.alias = parse_name("PERMISSIVE, RESTRICTIVE or a name for the element");
      if (accept(Keyword::kAs)) {
        policy.restrictive = accept_word("RESTRICTIVE");
        if (!policy.restrictive) expect_word("PERMISSIVE", "AS");
      }
    }
  }
  if (accept(Keyword::kFor)) {
    std::vector<ast::PrivilegeWord> words;
    using Command = ast::PolicyStatement::Command;
    if (accept(Keyword::kAll)) {
      policy.command = Command::kAll;
    } else if (accept_privilege(words) && words[0] != ast::PrivilegeWord::kAdministration) {
      policy.command = static_cast<Command>(static_cast<int>(words[0]) + 1);
    } else {
      fail_expected("ALL, SELECT, INSERT, UPDATE or DELETE after FOR", {Keyword::kAll});
    }
  }
  if (accept(Keyword::kTo)) {
    policy.principals.emplace();
    if (!accept_word("PUBLIC")) {
      policy.principals = parse_names("PUBLIC, or the name of a user or role");
    }
  }
  if (accept(Keyword::kUsing)) policy.using_condition = parse_policy_condition();
  if (accept(Keyword::kWith)) {
    expect_word("CHECK", "WITH");
    policy.check_condition = parse_policy_condition();
  }
}

ast::ExpressionPtr Parser::parse_policy_condition() {
  const std::size_t open = next_;
  expect(TokenKind::kLeftParen, "`(` and a condition");
  ast::ExpressionPtr condition = parse_condition();
  expect_close(TokenKind::kRightParen, open, "the condition");
  return condition;
}

ast::StatementNode Parser::parse_row_security() {
  using Change = ast::RowSecurityStatement::Change;
  skip();
  ast::RowSecurityStatement statement;
  accept(TokenKind::kColon);
  statement.label = parse_name("a label");
  if (accept_word("ENABLE")) {
    statement.change = Change::kEnable;
  } else if (accept_word("DISABLE")) {
    statement.change = Change::kDisable;
  } else if (accept_word("FORCE")) {
    statement.change = Change::kForce;
  } else if (at_word("NO") && at_word("FORCE", 1)) {
    skip(2);
    statement.change = Change::kNoForce;
  } else {
    fail_expected("ENABLE, DISABLE, FORCE or NO FORCE ROW LEVEL SECURITY");
  }
  expect(Keyword::kRow, "the change");
  expect(Keyword::kLevel, "ROW");
  expect_word("SECURITY", "ROW LEVEL");
  return statement;
}

}  // namespace geode::gql
