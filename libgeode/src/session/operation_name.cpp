#include <string>

#include "session/session_impl.hpp"

namespace geode::session {

using namespace gql::ast;

namespace {

struct ClauseName {
  std::string operator()(const MatchClause& c) { return c.optional ? "OPTIONAL MATCH" : "MATCH"; }
  std::string operator()(const FilterClause&) { return "FILTER"; }
  std::string operator()(const LetClause&) { return "LET"; }
  std::string operator()(const ForClause&) { return "FOR"; }
  std::string operator()(const WithClause&) { return "WITH"; }
  std::string operator()(const ReturnClause& c) { return c.finish ? "FINISH" : "RETURN"; }
  std::string operator()(const PageClause&) { return "ORDER BY"; }
  std::string operator()(const CallSubquery&) { return "CALL"; }
  std::string operator()(const CallProcedure&) { return "CALL"; }
  std::string operator()(const LoadCsv&) { return "LOAD CSV"; }
  std::string operator()(const UseClause&) { return "USE"; }
  std::string operator()(const InsertClause&) { return "INSERT"; }
  std::string operator()(const SetClause&) { return "SET"; }
  std::string operator()(const RemoveClause&) { return "REMOVE"; }
  std::string operator()(const DeleteClause&) { return "DELETE"; }
  std::string operator()(const MergeClause&) { return "MERGE"; }
  std::string operator()(const std::unique_ptr<ForeachClause>&) { return "FOREACH"; }
};

bool changes(const Clause& clause) {
  return std::holds_alternative<InsertClause>(clause) ||
         std::holds_alternative<SetClause>(clause) ||
         std::holds_alternative<RemoveClause>(clause) ||
         std::holds_alternative<DeleteClause>(clause) ||
         std::holds_alternative<MergeClause>(clause) ||
         std::holds_alternative<std::unique_ptr<ForeachClause>>(clause);
}

struct StatementName {
  /// A query is called by its last change of the graph, else by what it begins with.
  std::string operator()(const Query& query) {
    const std::vector<Clause>& clauses = query.parts.front().first.clauses;
    for (auto clause = clauses.rbegin(); clause != clauses.rend(); ++clause) {
      if (changes(*clause)) return std::visit(ClauseName(), *clause);
    }
    return std::visit(ClauseName(), clauses.front());
  }
  std::string operator()(const CreateIndex&) { return "CREATE INDEX"; }
  std::string operator()(const DropIndex&) { return "DROP INDEX"; }
  std::string operator()(const CreateConstraint&) { return "CREATE CONSTRAINT"; }
  std::string operator()(const DropConstraint&) { return "DROP CONSTRAINT"; }
  std::string operator()(const CreateSchema&) { return "CREATE SCHEMA"; }
  std::string operator()(const DropSchema&) { return "DROP SCHEMA"; }
  std::string operator()(const CreateGraph&) { return "CREATE GRAPH"; }
  std::string operator()(const DropGraph&) { return "DROP GRAPH"; }
  std::string operator()(const CreateGraphType&) { return "CREATE GRAPH TYPE"; }
  std::string operator()(const DropGraphType&) { return "DROP GRAPH TYPE"; }
  std::string operator()(const CreateElementType& create) {
    return create.edge ? "CREATE EDGE TYPE" : "CREATE NODE TYPE";
  }
  std::string operator()(const DropElementType& drop) {
    return drop.edge ? "DROP EDGE TYPE" : "DROP NODE TYPE";
  }
  std::string operator()(const PrincipalStatement& statement) {
    using Action = PrincipalStatement::Action;
    switch (statement.action) {
      case Action::kCreateUser:
        return "CREATE USER";
      case Action::kAlterUser:
      case Action::kChangeOwnPassword:
        return "ALTER USER";
      case Action::kDropUser:
        return "DROP USER";
      case Action::kCreateRole:
        return "CREATE ROLE";
      case Action::kDropRole:
        return "DROP ROLE";
    }
    return "ALTER USER";
  }
  std::string operator()(const GrantStatement& grant) { return grant.revoke ? "REVOKE" : "GRANT"; }
  std::string operator()(const PolicyStatement& policy) {
    using Action = PolicyStatement::Action;
    return policy.action == Action::kCreate  ? "CREATE POLICY"
           : policy.action == Action::kAlter ? "ALTER POLICY"
                                             : "DROP POLICY";
  }
  std::string operator()(const RowSecurityStatement&) { return "ALTER TABLE"; }
  std::string operator()(const StartTransaction&) { return "START TRANSACTION"; }
  std::string operator()(const Commit&) { return "COMMIT"; }
  std::string operator()(const Rollback&) { return "ROLLBACK"; }
  std::string operator()(const Savepoint&) { return "SAVEPOINT"; }
  std::string operator()(const RollbackTo&) { return "ROLLBACK TO SAVEPOINT"; }
  std::string operator()(const ReleaseSavepoint&) { return "RELEASE SAVEPOINT"; }
  std::string operator()(const SessionSet& set) {
    using Kind = SessionSet::Kind;
    switch (set.kind) {
      case Kind::kSchema:
        return "SESSION SET SCHEMA";
      case Kind::kGraph:
      case Kind::kGraphParameter:
        return "SESSION SET GRAPH";
      case Kind::kTimeZone:
        return "SESSION SET TIME ZONE";
      case Kind::kOption:
        return "SESSION SET";
      case Kind::kValue:
        return "SESSION SET VALUE";
      case Kind::kTable:
        return "SESSION SET TABLE";
    }
    return "SESSION SET";
  }
  std::string operator()(const SessionReset&) { return "SESSION RESET"; }
  std::string operator()(const SessionClose&) { return "SESSION CLOSE"; }
  std::string operator()(const SetTransaction&) { return "SET TRANSACTION"; }
  std::string operator()(const Ping&) { return "PING"; }
  std::string operator()(const Analyze&) { return "ANALYZE"; }
};

/// Where a clause stands that changes the graph; no place for others.
struct ChangePlace {
  bool deletion;  ///< only a DELETE counts
  Position operator()(const DeleteClause& clause) const { return clause.position; }
  Position operator()(const InsertClause& clause) const { return other(clause.position); }
  Position operator()(const SetClause& clause) const { return other(clause.position); }
  Position operator()(const RemoveClause& clause) const { return other(clause.position); }
  Position operator()(const MergeClause& clause) const { return other(clause.position); }
  template <class Other>
  Position operator()(const Other&) const {
    return {};
  }
  Position other(Position position) const { return deletion ? Position() : position; }
};

}  // namespace

std::string operation_name(const StatementNode& node) { return std::visit(StatementName(), node); }

Position position_of_change(const StatementNode& node, bool deletion) {
  const auto* query = std::get_if<Query>(&node);
  if (!query) return {};
  for (const CompositeQuery& part : query->parts) {
    for (const Clause& clause : part.first.clauses) {
      const Position place = std::visit(ChangePlace{deletion}, clause);
      if (place.line != 0) return place;
    }
  }
  return {};
}

}  // namespace geode::session
