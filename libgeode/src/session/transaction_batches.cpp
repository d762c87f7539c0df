// CALL { .. } IN TRANSACTIONS. The statement is cut into three queries: what stands before the call
// gives rows, read from one snapshot; the call runs for some of them at a time, each time in a
// transaction of its own, which is committed before the next one begins; what stands behind the
// call works on the rows that came of it. The pieces hand each other rows as parameters.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

#include "gql/syntax/parser.hpp"
#include "session/session_impl.hpp"

namespace geode {

namespace session {

using namespace gql::ast;

namespace {

/// Names that no statement can write, so that they hide none of its own.
const std::string kRowsParameter = "\x01rows";
const std::string kRow = "\x01row";
const std::string kNothing = "\x01nothing";

constexpr std::size_t kDefaultRows = 1000;

using Rows = std::vector<List>;

ExpressionPtr make(ExpressionNode node) {
  auto expression = std::make_unique<Expression>();
  expression->node = std::move(node);
  return expression;
}

/// WITH row[0] AS a, row[1] AS b, ..: the columns that a piece gave to the next one.
WithClause unpack(const std::vector<std::string>& columns, bool with_nothing) {
  WithClause with;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == kNothing && !with_nothing && columns.size() > 1) continue;
    ProjectionItem item;
    item.expression =
        make(Index{make(Variable{kRow}), make(Literal{Value(static_cast<std::int64_t>(i))})});
    item.alias = Name{columns[i], {}};
    with.projection.items.push_back(std::move(item));
  }
  return with;
}

ForClause each_row() {
  ForClause loop;
  loop.variable = {kRow, {}};
  loop.list = make(gql::ast::Parameter{kRowsParameter});
  return loop;
}

ReturnClause return_all() {
  ReturnClause all;
  all.projection.star = true;
  return all;
}

std::shared_ptr<CachedStatement> statement_of(std::vector<Clause> clauses) {
  auto statement = std::make_shared<CachedStatement>();
  Query query;
  query.parts.emplace_back().first.clauses = std::move(clauses);
  statement->modifies = session::modifies(query);
  statement->statement.node = std::move(query);
  return statement;
}

/// The pieces, taken from a statement of their own.
struct Pieces {
  std::shared_ptr<CachedStatement> before, call;
  std::shared_ptr<CachedStatement> after;  ///< null: there is nothing
  std::shared_ptr<CachedStatement> size;   ///< RETURN of the number of rows; null: kDefaultRows
  TransactionBatches batches;
};

/// The statement is parsed again: its tree belongs to the cache.
Pieces cut(std::string_view text, std::size_t place) {
  gql::ast::Statement whole = gql::parse(text);
  std::vector<Clause>& clauses = std::get<Query>(whole.node).parts.front().first.clauses;
  Pieces pieces;
  const auto at = clauses.begin() + static_cast<std::ptrdiff_t>(place);
  std::vector<Clause> before(std::make_move_iterator(clauses.begin()), std::make_move_iterator(at));
  // A column more: the rows count even when nothing in them has a name.
  WithClause with;
  with.projection.star = true;
  ProjectionItem nothing;
  nothing.expression = make(Literal{Value()});
  nothing.alias = Name{kNothing, {}};
  with.projection.items.push_back(std::move(nothing));
  before.emplace_back(std::move(with));
  before.emplace_back(return_all());
  pieces.before = statement_of(std::move(before));

  auto& call = std::get<CallSubquery>(*at);
  pieces.batches = std::move(*call.batches);
  call.batches.reset();
  if (pieces.batches.rows) {
    ReturnClause size;
    size.projection.items.emplace_back().expression = std::move(pieces.batches.rows);
    std::vector<Clause> returned;
    returned.emplace_back(std::move(size));
    pieces.size = statement_of(std::move(returned));
  }
  std::vector<Clause> middle;
  middle.emplace_back(each_row());
  middle.emplace_back(WithClause{});  // what the rows hold is known when the first piece is bound
  middle.emplace_back(std::move(call));
  middle.emplace_back(return_all());
  pieces.call = statement_of(std::move(middle));

  if (at + 1 != clauses.end()) {
    std::vector<Clause> after;
    after.emplace_back(each_row());
    after.emplace_back(WithClause{});
    after.insert(after.end(), std::make_move_iterator(at + 1),
                 std::make_move_iterator(clauses.end()));
    pieces.after = statement_of(std::move(after));
  }
  return pieces;
}

/// Says what the rows of a piece that begins with each_row() hold.
void set_columns(CachedStatement& piece, WithClause with) {
  std::get<Query>(piece.statement.node).parts.front().first.clauses[1] = std::move(with);
}

Parameters with_rows(const Parameters& parameters, const Rows& rows) {
  List list;
  for (const List& row : rows) list.emplace_back(row);
  Parameters all = parameters;
  all.set(kRowsParameter, Value(std::move(list)));
  return all;
}

void add_counters(Counters& sum, const Counters& more) {
  sum.nodes_created += more.nodes_created;
  sum.nodes_deleted += more.nodes_deleted;
  sum.edges_created += more.edges_created;
  sum.edges_deleted += more.edges_deleted;
  sum.labels_added += more.labels_added;
  sum.labels_removed += more.labels_removed;
  sum.properties_set += more.properties_set;
  sum.properties_removed += more.properties_removed;
}

/// What REPORT STATUS says of the transaction a row was in.
Value status_record(bool started, bool committed, std::size_t number, const std::string& message) {
  Record record;
  record.emplace_back("started", Value(started));
  record.emplace_back("committed", Value(committed));
  record.emplace_back("transactionId",
                      started ? Value("batch-" + std::to_string(number)) : Value());
  record.emplace_back("errorMessage", message.empty() ? Value() : Value(message));
  return Value(std::move(record));
}

/// The calls for the rows that come, some at a time, and what they gave.
class BatchRun {
 public:
  /// Runs the call for rows and commits, or throws and has done nothing.
  using Call = std::function<std::vector<std::vector<Value>>(const Rows& rows)>;

  BatchRun(const TransactionBatches& batches, std::size_t size, Call call)
      : batches_(batches), size_(size), call_(std::move(call)) {}

  /// Rows that the call gives are kept, as what follows reads them. They are charged to `memory`.
  void keep_results(std::vector<std::string> outer_columns, std::vector<std::string> columns,
                    base::MemoryBudget& memory) {
    outer_columns_ = std::move(outer_columns);
    columns_ = std::move(columns);
    charge_ = base::MemoryCharge(&memory);
    keeps_ = true;
  }
  void add(List row) {
    rows_.push_back(std::move(row));
    if (rows_.size() == size_) run();
  }
  /// To be called behind the last row.
  void finish() {
    if (!rows_.empty()) run();
  }
  const Rows& results() const { return results_; }

 private:
  void run() {
    using OnError = TransactionBatches::OnError;
    ++number_;
    if (broken_) {
      pass_over(false, {});
    } else {
      try {
        std::vector<std::vector<Value>> made = call_(rows_);
        for (std::vector<Value>& row : made) {
          List kept(std::make_move_iterator(row.begin()), std::make_move_iterator(row.end()));
          keep(std::move(kept), status_record(true, true, number_, {}));
        }
      } catch (const Error& error) {
        // What was interrupted is over, whatever the statement says of errors.
        const bool interrupted =
            error.gqlstatus() == status::kCancelled || error.gqlstatus() == status::kTimeout;
        if (batches_.on_error == OnError::kFail || interrupted) throw;
        broken_ = batches_.on_error == OnError::kBreak;
        pass_over(true, error.what());
      }
    }
    rows_.clear();
  }

  /// The rows of a transaction that failed, or was not begun, with nulls for what the call returns.
  void pass_over(bool started, const std::string& message) {
    for (const List& row : rows_) {
      List kept;
      for (const std::string& column : columns_) {
        const auto outer = std::find(outer_columns_.begin(), outer_columns_.end(), column);
        kept.push_back(outer == outer_columns_.end()
                           ? Value()
                           : row[static_cast<std::size_t>(outer - outer_columns_.begin())]);
      }
      keep(std::move(kept), status_record(started, false, number_, message));
    }
  }

  void keep(List row, Value state) {
    if (!keeps_) return;
    if (batches_.status) row.push_back(std::move(state));
    held_ += sizeof(List) + row.size() * sizeof(Value);
    for (const Value& value : row) held_ += value.heap_bytes();
    charge_.set(held_);
    results_.push_back(std::move(row));
  }

  const TransactionBatches& batches_;
  std::size_t size_;
  Call call_;
  std::vector<std::string> outer_columns_, columns_;
  bool keeps_ = false;
  bool broken_ = false;
  std::size_t number_ = 0;
  Rows rows_, results_;
  base::MemoryCharge charge_;
  std::uint64_t held_ = 0;
};

}  // namespace

std::size_t find_batches(const StatementNode& node) {
  const auto* query = std::get_if<Query>(&node);
  if (!query || query->parts.empty()) return kNoBatches;
  const std::vector<Clause>& clauses = query->parts.front().first.clauses;
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    const auto* call = std::get_if<CallSubquery>(&clauses[i]);
    if (call && call->batches) return i;
  }
  return kNoBatches;
}

}  // namespace session

inline namespace v1 {

using session::CachedStatement;
using session::PreparedPlan;

/// Throws unless the statement may commit by itself here.
void Session::Impl::check_batches(const gql::ast::Statement& statement) const {
  if (snapshot || writer) {
    throw Error(status::kActiveTransaction,
                "CALL ... IN TRANSACTIONS commits on its own and cannot run in a transaction",
                statement.position)
        .hint("COMMIT or ROLLBACK first")
        .phase(Phase::kCompile);
  }
  if (statement.explain == gql::ast::ExplainMode::kProfile) {
    throw Error(status::kNotSupported, "PROFILE cannot measure CALL ... IN TRANSACTIONS",
                statement.position)
        .hint("EXPLAIN shows its plan")
        .phase(Phase::kCompile);
  }
}

Result Session::Impl::run_batches(const std::shared_ptr<CachedStatement>& statement,
                                  const Parameters& parameters, const StatementOptions& options) {
  using namespace session;
  const std::shared_ptr<graph::GraphTransaction> outer =
      graph::GraphTransaction::begin_read(database->environment, true);
  const auto plan = [&](CachedStatement& piece, graph::GraphTransaction& graph, bool for_update) {
    return plan_for(piece, graph, for_update, *database, *interrupt, state.catalog);
  };
  // The statement as a whole is checked first; its plan is not run.
  plan(*statement, *outer, false);
  statement->plan.reset();
  check_batches(statement->statement);
  const RunSettings settings = this->settings(options);
  Pieces pieces = cut(statement->text, find_batches(statement->statement.node));
  const std::shared_ptr<PreparedPlan> before = plan(*pieces.before, *outer, false);
  set_columns(*pieces.call, unpack(*before->columns, true));
  std::vector<std::string> columns = *plan(*pieces.call, *outer, false)->columns;
  // It is planned again where it may write, and the names it writes have ids.
  pieces.call->plan.reset();

  std::size_t size = kDefaultRows;
  if (pieces.size) {
    const Value given =
        run_to_end(plan(*pieces.size, *outer, false), *outer, parameters, settings)->rows[0][0];
    if (given.type() != ValueType::kInt64 || given.as_int64() < 1) {
      throw Error(status::kInvalidValueType,
                  "OF ... ROWS needs an integer above 0, not " + given.to_string(),
                  pieces.batches.position);
    }
    size = static_cast<std::size_t>(given.as_int64());
  }

  Counters counters;
  BatchRun batches(pieces.batches, size, [&](const Rows& rows) {
    const Parameters given = with_rows(parameters, rows);
    std::unique_ptr<Result::Impl> made;
    Counters changed;
    write([&](graph::GraphTransaction& graph) {
      graph.reset_changes();
      made = run_to_end(plan(*pieces.call, graph, true), graph, given, settings);
      changed = counters_of(graph.changes());
    });
    add_counters(counters, changed);
    return std::move(made->rows);
  });
  if (pieces.after) batches.keep_results(*before->columns, columns, before->memory);
  auto result = std::make_unique<Result::Impl>();
  result->summary.gqlstatus = status::kOmittedResult;
  {
    RunningPlan running(before, {}, *outer, parameters, settings);
    const auto next = [&running] {
      const base::RunningLimits limits = running.limits();
      return running.next();
    };
    while (gql::Batch* batch = next()) {
      for (const std::uint32_t row : batch->rows()) {
        List values;
        for (const value::Vector& column : batch->columns) values.push_back(column.get(row));
        batches.add(std::move(values));
      }
    }
    batches.finish();
    result->add_notices(running.warnings());
  }
  if (pieces.after) {
    if (pieces.batches.status) columns.push_back(pieces.batches.status->text);
    set_columns(*pieces.after, unpack(columns, false));
    const Parameters given = with_rows(parameters, batches.results());
    const auto run = [&](graph::GraphTransaction& graph) {
      graph.reset_changes();
      result =
          run_to_end(plan(*pieces.after, graph, pieces.after->modifies), graph, given, settings);
      add_counters(counters, counters_of(graph.changes()));
    };
    if (pieces.after->modifies) {
      write(run);
    } else {
      run(*graph::GraphTransaction::begin_read(database->environment));
    }
  }
  result->summary.counters = counters;
  return Result(std::move(result));
}

}  // namespace v1
}  // namespace geode
