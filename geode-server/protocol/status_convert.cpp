#include <chrono>
#include <utility>

#include "geode.pb.h"
#include "protocol/convert.hpp"

namespace geode::protocol {

namespace {

namespace wire = geode::wire::v1;

void write(const Position& position, wire::Position& out) {
  out.set_offset(position.offset);
  out.set_line(position.line);
  out.set_column(position.column);
  out.set_length(position.length);
}

Position read(const wire::Position& in) {
  return {in.offset(), in.line(), in.column(), in.length()};
}

void write(const DiagnosticRecord& record, wire::DiagnosticRecord& out) {
  out.set_operation(record.operation);
  out.set_operation_code(record.operation_code);
  out.set_current_schema(record.current_schema);
}

DiagnosticRecord read(const wire::DiagnosticRecord& in) {
  return {in.operation(), in.operation_code(), in.current_schema()};
}

/// `visit(counter, getter, setter)` for each counter and its field.
template <class Visit>
void for_each_counter(Visit visit) {
#define GEODE_COUNTER(name) \
  visit(&Counters::name, &wire::Counters::name, &wire::Counters::set_##name)
  GEODE_COUNTER(nodes_created);
  GEODE_COUNTER(nodes_deleted);
  GEODE_COUNTER(edges_created);
  GEODE_COUNTER(edges_deleted);
  GEODE_COUNTER(labels_added);
  GEODE_COUNTER(labels_removed);
  GEODE_COUNTER(properties_set);
  GEODE_COUNTER(properties_removed);
  GEODE_COUNTER(indexes_added);
  GEODE_COUNTER(indexes_removed);
  GEODE_COUNTER(constraints_added);
  GEODE_COUNTER(constraints_removed);
#undef GEODE_COUNTER
}

}  // namespace

void write_error(const Error& error, wire::Status& out) {
  out.set_gqlstatus(error.gqlstatus());
  out.set_message(error.message());
  if (error.position().line != 0) write(error.position(), *out.mutable_position());
  out.set_hint(error.hint_text());
  out.set_type(error.type());
  out.set_detail(error.detail());
  out.set_found_before_run(error.when() == Phase::kCompile);
  out.set_retryable(error.retryable());
  write(error.diagnostics(), *out.mutable_diagnostics());
}

Error read_error(const wire::Status& in) {
  Error error = Error(in.gqlstatus(), in.message(), read(in.position()))
                    .hint(in.hint())
                    .category(in.type(), in.detail())
                    .phase(in.found_before_run() ? Phase::kCompile : Phase::kRun);
  error.set_diagnostics(read(in.diagnostics()));
  return error;
}

bool is_success(const wire::Status& status) {
  return status.gqlstatus().starts_with("00") || status.gqlstatus().starts_with("01") ||
         status.gqlstatus().starts_with("02");
}

void write_summary(const Summary& summary, wire::Status& out) {
  out.set_gqlstatus(summary.gqlstatus);
  out.set_elapsed_nanoseconds(static_cast<std::uint64_t>(summary.elapsed.count()));
  out.set_rows(summary.rows);
  write(summary.diagnostics, *out.mutable_diagnostics());
  for (const Notice& notice : summary.notices) {
    wire::Notice& to = *out.add_notices();
    to.set_gqlstatus(notice.gqlstatus);
    to.set_message(notice.message);
    if (notice.position.line != 0) write(notice.position, *to.mutable_position());
  }
  if (!summary.counters.any()) return;
  wire::Counters& counters = *out.mutable_counters();
  for_each_counter(
      [&](auto counter, auto, auto set) { (counters.*set)(summary.counters.*counter); });
}

Summary read_summary(const wire::Status& in) {
  Summary summary;
  summary.gqlstatus = in.gqlstatus();
  summary.elapsed = std::chrono::nanoseconds(in.elapsed_nanoseconds());
  summary.rows = in.rows();
  summary.diagnostics = read(in.diagnostics());
  for (const wire::Notice& notice : in.notices())
    summary.notices.push_back({notice.gqlstatus(), notice.message(), read(notice.position())});
  for_each_counter(
      [&](auto counter, auto get, auto) { summary.counters.*counter = (in.counters().*get)(); });
  return summary;
}

void write_transaction_state(TransactionState state, wire::Status& out) {
  switch (state) {
    case TransactionState::kNone:
      return out.set_transaction(wire::NONE);
    case TransactionState::kReading:
      return out.set_transaction(wire::READING);
    case TransactionState::kWriting:
      return out.set_transaction(wire::WRITING);
    case TransactionState::kFailed:
      return out.set_transaction(wire::FAILED);
  }
}

TransactionState read_transaction_state(const wire::Status& in) {
  switch (in.transaction()) {
    case wire::READING:
      return TransactionState::kReading;
    case wire::WRITING:
      return TransactionState::kWriting;
    case wire::FAILED:
      return TransactionState::kFailed;
    default:
      return TransactionState::kNone;
  }
}

}  // namespace geode::protocol
