#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/node_groups.hpp"
#include "gql/exec/operators/row_store.hpp"
#include "gql/exec/spill/spilled_groups.hpp"

namespace geode::gql::exec {

/// One aggregate call of a grouping.
struct AggregateCall {
  const AggregateFunction* function = nullptr;
  std::vector<Evaluator> arguments;
  std::optional<Evaluator> filter;  ///< rows that do not satisfy it do not count
  bool distinct = false;
  /// Rows whose argument is null are left out, and the caller is told so (01G11). Not so for
  /// count(), whose purpose that is.
  bool reports_nulls = false;
  Position position;
};

/// The states of all calls for all groups, in one flat array.
class AggregateStates {
 public:
  AggregateStates() = default;
  ~AggregateStates() { clear(); }
  AggregateStates(const AggregateStates&) = delete;
  AggregateStates& operator=(const AggregateStates&) = delete;

  void reset(const std::vector<AggregateCall>& calls);
  void clear();
  void swap(AggregateStates& other) noexcept;
  /// Makes states for groups below `count`.
  void grow(std::size_t count);
  std::size_t count() const { return count_; }
  std::byte* of(std::size_t call) { return bytes_.get() + offsets_[call]; }
  const std::byte* of(std::size_t call, std::size_t group) const {
    return bytes_.get() + group * stride_ + offsets_[call];
  }
  std::byte* of(std::size_t call, std::size_t group) {
    return bytes_.get() + group * stride_ + offsets_[call];
  }
  std::size_t stride() const { return stride_; }
  std::uint64_t bytes() const { return capacity_ * stride_; }

 private:
  std::vector<const AggregateFunction*> functions_;
  std::vector<std::size_t> offsets_;
  std::size_t stride_ = 0, count_ = 0, capacity_ = 0;
  std::unique_ptr<std::byte[]> bytes_;
};

/// Groups rows by keys and folds each group with aggregate functions. Without keys there is one
/// group, even of no rows.
///
/// When all keys are functions of one node variable whose rows repeat (`node_column`), rows are
/// first grouped by the dense node id in a flat array; the keys are read once a node, and the
/// partial groups merged (late materialisation).
///
/// When the groups are too many to be held, no more are made: rows of others are put into a file,
/// and aggregated when all have been read, so many groups at a time as there is room for. States
/// that grow with each row (collections, sets of distinct arguments) are not added to any more,
/// either: the rows of their groups follow, and are combined with them.
class AggregateOperator final : public Operator {
 public:
  /// multiplicities: columns of counts; a row stands for as many rows as their product says.
  AggregateOperator(OperatorPtr input, std::vector<Evaluator> keys,
                    std::vector<AggregateCall> calls, std::vector<int> multiplicities,
                    int node_column, std::size_t input_columns);
  void open(ExecutionContext& context) override;

  // Of one that folds a part of the rows, of which others fold the rest.

  /// Reads all rows. False when there are too many groups to be held, by what `spill` says: what
  /// was read is of no use then.
  bool read_part(const SpillSpace* spill);
  /// Makes the groups of all `parts`, this one the first of them, its own, in the order in which
  /// one that read all rows would have met them. The others are left empty.
  void absorb(std::span<AggregateOperator* const> parts);
  /// Lets go of what was read.
  void forget();

 protected:
  Batch* next() override;

 private:
  void read_all();
  void add(const Batch& batch);
  bool wants_to_spill(const SpillSpace* spill) const;
  void group_by_node(const Batch& batch, std::vector<std::uint32_t>& groups);
  void group_by_keys(const Batch& batch, std::span<const std::uint32_t> rows,
                     std::vector<std::uint32_t>& groups);
  void update(const Batch& batch, const std::vector<std::uint32_t>* groups,
              AggregateStates& states);
  /// The same for one call and some rows; groups: by position of the row, or null.
  void update_call(std::size_t i, const Batch& batch, std::span<const std::uint32_t> rows,
                   const std::uint32_t* groups, AggregateStates& states);
  /// How many rows each of `rows` stands for; null: one each.
  const std::uint64_t* multiplicity_of(const Batch& batch, std::span<const std::uint32_t> rows);
  void merge_nodes();
  void report_nulls(AggregateCall& call, std::span<const value::Vector* const> arguments,
                    std::span<const std::uint32_t> rows);
  /// What the states of the groups in touched_ hold outside of themselves.
  std::uint64_t collected_bytes(const AggregateStates& states) const;
  Value result_of(const AggregateFunction& function, const std::byte* state) const;
  void account();

  std::vector<Evaluator> keys_;
  std::vector<AggregateCall> calls_;
  std::vector<int> multiplicities_;
  int node_column_;
  std::size_t input_columns_;
  bool by_node_;

  RowSet groups_;
  AggregateStates states_, node_states_;
  NodeGroups group_of_node_;                   // + 1
  std::vector<std::uint32_t> group_of_entry_;  // of the coded key of one batch
  std::vector<NodeId> nodes_;
  /// The morsels in which groups, and nodes, were met first; of one that folds a part.
  std::vector<std::uint64_t> group_morsels_, node_morsels_;
  std::vector<std::uint32_t> batch_groups_;
  std::vector<RowSet> distinct_;  // per call: (group, arguments)
  bool collects_ = false;         // some state holds memory outside of itself
  std::vector<std::uint32_t> touched_;
  std::vector<std::uint32_t> kept_rows_, kept_groups_;
  std::vector<std::uint64_t> multiplicity_;
  std::uint64_t collected_bytes_ = 0;
  base::MemoryCharge charge_;
  bool done_ = false;
  std::uint64_t position_ = 0;
  Batch out_;
  std::vector<Value> values_;

  // Of aggregate_spill.cpp.
  void begin_spilling(const Batch& batch);
  void add_spilling(Batch& batch);
  void aggregate_rest();
  bool read_slice();
  void give_slice();
  void give_group(std::uint32_t held, std::uint32_t slice);
  void give_results();
  bool held_has(std::size_t call, std::span<const value::Vector* const> arguments,
                std::uint32_t row, std::uint32_t slice_group);

  bool grows_ = false;  // some state takes more with each row
  bool spilling_ = false, slicing_ = false;
  SpilledGroups rest_;
  /// Groups of the rest that are aggregated at a time, in node_states_; for each the held group of
  /// the same key, or RowSet::kNotFound, and its place among all groups.
  RowSet slice_;
  std::vector<std::uint32_t> held_of_;
  std::vector<std::int64_t> numbers_;
  std::vector<std::uint8_t> given_;  // of held groups
  std::vector<RowSet> slice_distinct_;
  std::vector<std::vector<Value>> result_columns_;
  std::vector<std::int64_t> result_numbers_;
  std::uint64_t result_bytes_ = 0;
};

}  // namespace geode::gql::exec
