#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <geode/result.hpp>
#include "base/interrupt.hpp"
#include "base/memory_budget.hpp"
#include "gql/exec/context.hpp"
#include "session/activity.hpp"
#include "session/running_plan.hpp"

namespace geode {
inline namespace v1 {

/// Rows that are there (`rows`), a running plan in a snapshot, or rows from elsewhere.
struct Result::Impl {
  explicit Impl(std::shared_ptr<const std::vector<std::string>> columns = no_columns())
      : columns(std::move(columns)) {}

  std::shared_ptr<const std::vector<std::string>> columns;
  bool has_columns = false;
  Summary summary;
  std::string plan_text;

  std::vector<std::vector<Value>> rows;
  std::size_t position = 0;

  std::unique_ptr<RowSource> source;

  /// Lists the statement as running until its last row was read.
  std::unique_ptr<session::Activity::Ticket> ticket;
  /// The run of a plan; null when the rows are there, or read to the end.
  std::optional<session::RunningPlan> running;
  /// Columns of a batch were handed out, which may point into the snapshot.
  std::optional<graph::GraphTransaction::Use> handed_out;
  gql::Batch* batch = nullptr;
  std::uint32_t batch_position = 0;
  std::vector<std::vector<Value>> batch_values;
  std::vector<value::Vector> batch_columns;

  static const std::shared_ptr<const std::vector<std::string>>& no_columns();
  void add_notices(const std::vector<gql::bound::Warning>& warnings);
  bool next_row(std::vector<Value>& out);
  /// Of a running plan; false at its end.
  bool make_columns(std::vector<ColumnView>& columns);
  /// Calls `work` while the run is at work (RunningPlan::Use).
  template <class Work>
  bool at_work(const Work& work);
  void finish();

 private:
  bool fetch();
  bool make_row(std::vector<Value>& out);
};

}  // namespace v1
}  // namespace geode
