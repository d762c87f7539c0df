#include <algorithm>
#include <utility>

#include <geode/session.hpp>
#include "gql/procedure/host.hpp"
#include "gql/procedure/registry.hpp"
#include "security/access.hpp"

namespace geode::gql {

namespace {

using Arguments = std::span<const Value>;

/// Others than administrators see their own.
bool may_see(const std::string& user, const ProcedureContext& context) {
  return context.access == nullptr || context.access->administrator() ||
         context.access->user() == user;
}

Value instant(std::int64_t seconds, std::int32_t nanoseconds) {
  ZonedDateTime time;
  time.seconds = seconds;
  time.nanoseconds = nanoseconds;
  return Value(std::move(time));
}

Value duration(std::chrono::nanoseconds elapsed) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(elapsed);
  Duration value;
  value.seconds = seconds.count();
  value.nanoseconds = static_cast<std::int32_t>((elapsed - seconds).count());
  return Value(std::move(value));
}

void queries(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  for (const RunningQuery& query : context.host->running_queries()) {
    if (!may_see(query.user, context)) continue;
    rows.push_back({Value(query.id), Value(query.session), Value(query.user),
                    Value(without_literals(query.text)),
                    instant(query.started_seconds, query.started_nanoseconds),
                    duration(query.elapsed)});
  }
}

bool is_visible(std::string_view id, const ProcedureContext& context) {
  if (context.access == nullptr) return true;
  const std::vector<RunningQuery> all = context.host->running_queries();
  return std::any_of(all.begin(), all.end(), [&](const RunningQuery& query) {
    return query.id == id && may_see(query.user, context);
  });
}

void kill_query(Arguments arguments, const ProcedureContext& context, ProcedureRows& rows) {
  if (arguments[0].is_null() || !is_visible(arguments[0].as_string(), context) ||
      !context.host->kill_query(arguments[0].as_string())) {
    throw Error(status::kInvalidReference,
                "no query with the id " + arguments[0].to_string() + " is running")
        .hint("CALL system.list_queries() shows those that are");
  }
  rows.push_back({arguments[0], Value("killed")});
}

void transactions(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  for (const OpenTransaction& transaction : context.host->open_transactions()) {
    if (!may_see(transaction.user, context)) continue;
    rows.push_back({Value(transaction.session), Value(transaction.user),
                    Value(transaction.read_only ? "READ ONLY" : "READ WRITE"),
                    instant(transaction.started_seconds, transaction.started_nanoseconds),
                    duration(transaction.elapsed)});
  }
}

void snapshots(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  const auto integer = [](std::uint64_t number) {
    return Value(static_cast<std::int64_t>(number));
  };
  for (const OpenSnapshot& snapshot : context.host->snapshots()) {
    rows.push_back({Value(snapshot.process), Value(snapshot.own), integer(snapshot.transaction),
                    integer(snapshot.commits_behind), integer(snapshot.held_bytes),
                    snapshot.age ? duration(*snapshot.age) : Value()});
  }
}

void settings(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  for (const Setting& setting : context.host->settings())
    rows.push_back({Value(setting.name), setting.value, Value(setting.description)});
}

void memory(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  for (const MemoryFigure& figure : context.host->memory()) {
    rows.push_back({Value(figure.name), Value(static_cast<std::int64_t>(figure.bytes)),
                    Value(figure.description)});
  }
}

void clear_cache(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  rows.push_back({Value(static_cast<std::int64_t>(context.host->clear_cache()))});
}

void compact(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  const Compaction done = context.host->compact();
  rows.push_back({Value(static_cast<std::int64_t>(done.bytes_before)),
                  Value(static_cast<std::int64_t>(done.bytes_after)),
                  Value(static_cast<std::int64_t>(done.merges_left))});
}

void components(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  rows.push_back({Value("Geode"), Value(List{Value(context.host->version())}), Value("embedded")});
}

}  // namespace

void register_system_procedures(ProcedureRegistry& registry) {
  using T = ValueType;
  const auto add = [&](std::string name, std::vector<ProcedureField> parameters,
                       std::vector<ProcedureField> columns, std::string description,
                       auto implementation) {
    registry.add({std::move(name), std::move(parameters), std::move(columns),
                  std::move(description), implementation});
  };
  const std::vector<ProcedureField> query = {field("id", T::kString),
                                             field("session", T::kInt64),
                                             field("user", T::kString),
                                             field("query", T::kString),
                                             field("started", T::kZonedDateTime),
                                             field("duration", T::kDuration)};
  add("system.queries", {}, query,
      "Statements that are running, of all sessions, without their literals", queries);
  add("system.list_queries", {}, query,
      "Statements that are running, of all sessions, without their literals", queries);
  add("system.kill_query", {field("id", T::kString)},
      {field("id", T::kString), field("status", T::kString)}, "Ends a running statement with 57X01",
      kill_query);
  add("system.transactions", {},
      {field("session", T::kInt64), field("user", T::kString), field("mode", T::kString),
       field("started", T::kZonedDateTime), field("duration", T::kDuration)},
      "Explicit transactions that are open", transactions);
  add("system.snapshots", {},
      {field("process", T::kInt64), field("own", T::kBool), field("transaction", T::kInt64),
       field("commits_behind", T::kInt64), field("held_bytes", T::kInt64),
       field("age", T::kDuration)},
      "Snapshots that are open in all processes, and the bytes that cannot be used again until "
      "they "
      "end",
      snapshots);
  add("system.settings", {},
      {field("name", T::kString),
       {"value", value::Type::any(), "ANY"},
       field("description", T::kString)},
      "How the database was opened, and what the session has set", settings);
  add("system.memory_stats", {},
      {field("name", T::kString), field("bytes", T::kInt64), field("description", T::kString)},
      "Memory that the process and the database use", memory);
  add("system.clear_cache", {}, {field("plans", T::kInt64)},
      "Forgets the statements and plans that sessions keep; gives how many", clear_cache);
  add("system.compact_storage", {},
      {field("bytes_before", T::kInt64), field("bytes_after", T::kInt64),
       field("merges_left", T::kInt64)},
      "Merges recent changes into their chunks, and gives free space of the file back", compact);
  add("dbms.components", {},
      {field("name", T::kString), field("versions", T::kList), field("edition", T::kString)},
      "The name and the version of the database", components);
}

}  // namespace geode::gql
