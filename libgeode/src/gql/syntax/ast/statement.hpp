#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gql/syntax/ast/catalog.hpp"
#include "gql/syntax/ast/expression.hpp"
#include "gql/syntax/ast/pattern.hpp"
#include "gql/syntax/ast/security.hpp"

namespace geode::gql::ast {

// ---- query clauses

struct MatchClause {
  bool optional = false;
  GraphPattern pattern;
  /// OPTIONAL { MATCH .. MATCH .. }: then pattern is empty.
  std::vector<MatchClause> block;
  Position position;
};

struct FilterClause {
  ExpressionPtr condition;
  Position position;
};

struct LetClause {
  std::vector<ValueBinding> bindings;
  Position position;
};

/// `FOR x IN list [WITH ORDINALITY i | WITH OFFSET i]`, `UNWIND list AS x`
/// `FOR variable IN list`, or openCypher's `UNWIND list AS variable`, which takes a value that is
/// no list as a list of one.
struct ForClause {
  Name variable;
  ExpressionPtr list;
  bool only_lists = true;
  std::optional<Name> counter;
  bool counter_from_one = true;
  Position position;
};

struct SortItem {
  ExpressionPtr expression;
  bool descending = false;
  enum class Nulls : std::uint8_t { kDefault, kFirst, kLast } nulls = Nulls::kDefault;
};

struct ProjectionItem {
  ExpressionPtr expression;
  std::optional<Name> alias;
  std::string text;  ///< the item's own text, for the column's name
};

/// ORDER BY, SKIP/OFFSET and LIMIT; also a statement of their own in GQL.
struct OrderAndPage {
  std::vector<SortItem> order_by;
  ExpressionPtr offset, limit;
  Position position;
};

/// RETURN, WITH (with its WHERE), and the select list of SELECT.
struct Projection {
  bool distinct = false;
  bool star = false;
  std::vector<ProjectionItem> items;
  std::optional<std::vector<ExpressionPtr>> group_by;
  ExpressionPtr having;
  OrderAndPage page;
  ExpressionPtr condition;  ///< WITH ... WHERE
  Position position;
};

struct WithClause {
  Projection projection;
};

struct ReturnClause {
  Projection projection;
  bool finish = false;  ///< FINISH: no result
};

struct PageClause {
  OrderAndPage page;
};

/// `IN TRANSACTIONS [OF n ROWS] [ON ERROR ..] [REPORT STATUS AS s]` after a subquery.
struct TransactionBatches {
  enum class OnError : std::uint8_t { kFail, kBreak, kContinue };
  ExpressionPtr rows;  ///< null: 1000
  OnError on_error = OnError::kFail;
  std::optional<Name> status;
  Position position;
};

/// `CALL [(x, y)] { query }`, `OPTIONAL CALL ...`
struct CallSubquery {
  bool optional = false;
  std::optional<std::vector<Name>> scope;  ///< absent: all outer variables
  std::unique_ptr<Query> query;
  Position position;
  std::optional<TransactionBatches> batches;
};

/// `LOAD CSV [WITH HEADERS] FROM source AS row [FIELDTERMINATOR ';']`
struct LoadCsv {
  bool headers = false;
  ExpressionPtr source;
  Name variable;
  std::string separator = ",";
  Position position;
};

/// `CALL a.b.c(args) [YIELD x AS y, ... [WHERE ..]]`
struct CallProcedure {
  bool optional = false;
  Name name;
  std::vector<ExpressionPtr> arguments;
  bool implicit_arguments = false;  ///< written without parentheses: arguments come from parameters
  std::vector<std::pair<Name, std::optional<Name>>> yield;
  bool yield_star = false;
  bool has_yield = false;
  ExpressionPtr condition;
  Position position;
  bool table = false;  ///< written as a table of SELECT
};

/// `USE graph` at the head of a query or clause.
struct UseClause {
  GraphReference graph;
};

// ---- data modification

/// INSERT and CREATE of patterns. `cypher` when written CREATE.
struct InsertClause {
  std::vector<PathPattern> paths;
  bool cypher = false;
  Position position;
};

/// A label to set or remove: a name, or `$(expression)`, which gives a label or a list of labels.
struct WrittenLabel {
  Name name;
  ExpressionPtr dynamic;  ///< instead of `name`
};

struct SetItem {
  enum class Kind : std::uint8_t {
    kProperty,       ///< target.key = value, target[key_expression] = value
    kAllProperties,  ///< target = map
    kAddProperties,  ///< target += map
    kLabels,         ///< target:A:B, target IS A & B
  } kind;
  ExpressionPtr target;
  Name key;
  ExpressionPtr key_expression;  ///< instead of `key`
  ExpressionPtr value;
  std::vector<WrittenLabel> labels;
  Position position;
};

struct SetClause {
  std::vector<SetItem> items;
  Position position;
};

struct RemoveItem {
  ExpressionPtr target;
  std::optional<Name> key;           ///< a property,
  ExpressionPtr key_expression;      ///< or `target[key_expression]`,
  std::vector<WrittenLabel> labels;  ///< or labels
  Position position;
};

struct RemoveClause {
  std::vector<RemoveItem> items;
  Position position;
};

struct DeleteClause {
  bool detach = false;
  std::vector<ExpressionPtr> targets;
  Position position;
};

struct MergeClause {
  PathPattern path;
  std::vector<SetItem> on_create, on_match;
  Position position;
};

struct ForeachClause;

using Clause = std::variant<MatchClause, FilterClause, LetClause, ForClause, WithClause,
                            ReturnClause, PageClause, CallSubquery, CallProcedure, LoadCsv,
                            UseClause, InsertClause, SetClause, RemoveClause, DeleteClause,
                            MergeClause, std::unique_ptr<ForeachClause>>;

/// `FOREACH (x IN list | updates)`
struct ForeachClause {
  Name variable;
  ExpressionPtr list;
  std::vector<Clause> body;
  Position position;
};

/// A linear query: clauses in order. NEXT starts a new part whose input is the result of the part
/// before.
struct LinearQuery {
  std::vector<Clause> clauses;
};

enum class SetOperator : std::uint8_t {
  kUnion,
  kUnionAll,
  kExcept,
  kExceptAll,
  kIntersect,
  kIntersectAll,
  kOtherwise
};

/// `linear (UNION linear)*`, left-associative; parts joined by NEXT run one after another.
struct CompositeQuery {
  LinearQuery first;
  std::vector<std::pair<SetOperator, LinearQuery>> rest;
  Position position;
};

/// At the head of a procedure body: `VALUE x INT = 1`, `[BINDING] TABLE t = { .. }`, `[PROPERTY]
/// GRAPH g = /a/b`. It is made once and seen by all of the body.
struct Definition {
  enum class Kind : std::uint8_t { kValue, kTable, kGraph } kind{};
  Name variable;
  std::optional<TypeSpecification> type;
  /// A subquery in braces arrives as VALUE { .. } or TABLE { .. }; a graph that is named as
  /// GraphValue.
  ExpressionPtr value;
  Position position;
};

struct Query {
  std::vector<CompositeQuery> parts;  ///< more than one: joined by NEXT
  Position position;
  std::optional<SchemaReference> at;  ///< AT schema: where names of graphs are looked for
  std::vector<Definition> definitions;
};

// ---- catalog, session, transactions

struct CreateIndex {
  std::optional<Name> name;
  Name label;
  bool on_edge = false;  ///< FOR ()-[r:T]-() ON (r.p)
  std::vector<Name> keys;
  bool unique = false;
  bool if_not_exists = false;
  std::string
      method;  ///< lower case: USING btree | hash | ..., CREATE VECTOR INDEX; "" when left out
  std::vector<std::pair<Name, ExpressionPtr>>
      options;  ///< OPTIONS {..}; also DIMENSION n, METRIC 's'
};
struct DropIndex {
  Name name;
  bool if_exists = false;
};

struct CreateConstraint {
  std::optional<Name> name;
  Name label;
  bool on_edge = false;
  std::vector<Name> keys;
  bool unique = false;                    ///< IS UNIQUE
  bool not_null = false;                  ///< IS NOT NULL, EXISTS(..); NODE KEY sets both
  std::optional<TypeSpecification> type;  ///< IS TYPED, IS ::
  /// Any other condition on the element, which it calls `variable`; `keys` is empty then.
  ExpressionPtr condition;
  Name variable;
  bool if_not_exists = false;
};
struct DropConstraint {
  Name name;
  bool if_exists = false;
};

struct StartTransaction {
  std::optional<bool> read_only;
  std::string isolation;  ///< as written, upper case; "" when left out
};
/// SET TRANSACTION: what the next transaction of the session is to be like.
struct SetTransaction {
  StartTransaction characteristics;
};
struct Commit {};
struct Rollback {};
struct Savepoint {
  Name name;
};
struct RollbackTo {
  Name name;
};
struct ReleaseSavepoint {
  Name name;
};

/// SESSION SET. `name` is the parameter; what it or the time zone is set to is what the query
/// `value` gives: one value, or for a table all of its rows.
struct SessionSet {
  enum class Kind : std::uint8_t {
    kSchema,
    kGraph,
    kTimeZone,
    kValue,
    kTable,
    kGraphParameter,
    kOption,  ///< SESSION SET name = value
  };
  Kind kind{};
  Name name;
  bool if_not_exists = false;
  std::optional<TypeSpecification> type;
  std::unique_ptr<Query> value;
  SchemaReference schema;  ///< kSchema
  GraphReference graph;    ///< kGraph; kGraphParameter: what it stands for
  Position position;
};
struct SessionReset {
  enum class Kind : std::uint8_t {
    kAll,
    kSchema,
    kGraph,
    kTimeZone,
    kParameters,
    kParameter,
  };
  Kind kind{};
  Name name;  ///< kParameter
};
struct SessionClose {};
struct Ping {};
/// ANALYZE: statistics are kept with every commit.
struct Analyze {};

enum class ExplainMode : std::uint8_t { kNone, kExplain, kProfile };

using StatementNode =
    std::variant<Query, CreateIndex, DropIndex, CreateConstraint, DropConstraint, CreateSchema,
                 DropSchema, CreateGraph, DropGraph, CreateGraphType, DropGraphType,
                 CreateElementType, DropElementType, PrincipalStatement, GrantStatement,
                 PolicyStatement, RowSecurityStatement, StartTransaction, Commit, Rollback,
                 Savepoint, RollbackTo, ReleaseSavepoint, SetTransaction, SessionSet, SessionReset,
                 SessionClose, Ping, Analyze>;

/// One statement, without its `;`.
struct Statement {
  ExplainMode explain = ExplainMode::kNone;
  StatementNode node;
  Position position;
};

/// How a function or a procedure is declared: `name(parameter TYPE, ..) :: TYPE`, or with result
/// columns, `:: (column TYPE, ..)`.
struct RoutineSignature {
  Name name;
  std::vector<std::pair<Name, TypeSpecification>> parameters;
  std::optional<TypeSpecification> result;
  std::vector<std::pair<Name, TypeSpecification>> columns;
};

}  // namespace geode::gql::ast
