#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/stack.hpp"
#include "gql/exec/context.hpp"
#include "gql/table/batch.hpp"

namespace geode::gql::exec {

/// Counters of PROFILE.
struct OperatorProfile {
  std::uint64_t rows = 0;
  std::uint64_t calls = 0;
  std::chrono::nanoseconds time{0};  ///< of this operator and those below it
};

/// A step of a pipeline that hands out batches when asked (pull).
///
/// Owned by a prepared plan and used again: open() resets it, buffers stay. A batch handed out
/// belongs to the operator and is valid until its next call; the caller may narrow its selection.
class Operator {
 public:
  virtual ~Operator();
  Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  /// Begins a run, inputs included.
  virtual void open(ExecutionContext& context) {
    base::check_stack();
    context_ = &context;
    for (const std::unique_ptr<Operator>& input : inputs_) input->open(context);
  }
  /// The next batch with at least one row, or null at the end.
  Batch* pull() {
    base::check_stack();
    if (!context_->profile) [[likely]]
      return next();
    return pull_profiled();
  }

  const OperatorProfile& profile() const { return profile_; }
  void reset_profile() { profile_ = {}; }
  const std::vector<std::unique_ptr<Operator>>& inputs() const { return inputs_; }

 protected:
  virtual Batch* next() = 0;
  Operator& input(std::size_t i = 0) const { return *inputs_[i]; }
  void add_input(std::unique_ptr<Operator> input) { inputs_.push_back(std::move(input)); }

  ExecutionContext* context_ = nullptr;

 private:
  Batch* pull_profiled();
  std::vector<std::unique_ptr<Operator>> inputs_;
  OperatorProfile profile_;
};

using OperatorPtr = std::unique_ptr<Operator>;

/// The rows of a subplan come from here.
class ArgumentOperator final : public Operator {
 public:
  explicit ArgumentOperator(std::size_t columns) { batch_.columns.resize(columns); }
  /// The rows of the next run. Without it: one row without columns.
  Batch& batch() { return batch_; }
  void open(ExecutionContext& context) override {
    Operator::open(context);
    done_ = false;
    if (shared_) batch_ = shared_->batch_;
    // The one that is shared need not have been opened.
    const bool given = shared_ ? shared_->given_ : given_;
    if (batch_.columns.empty() && !given) batch_.size = 1;
  }
  void mark_given() { given_ = true; }
  /// Hands out the rows that `other` was given: both sides of a set operation read the same outer
  /// rows.
  void share(const ArgumentOperator& other) { shared_ = &other; }

 protected:
  Batch* next() override {
    if (done_ || batch_.size == 0) return nullptr;
    done_ = true;
    batch_.clear_selection();
    return &batch_;
  }

 private:
  Batch batch_;
  bool done_ = false;
  bool given_ = false;
  const ArgumentOperator* shared_ = nullptr;
};

/// The node in a row of a column, whatever the column's physical type. False for null and for other
/// values.
bool node_at(const value::Vector& vector, std::uint32_t row, NodeId& node);
bool edge_at(const value::Vector& vector, std::uint32_t row, value::EdgeRef& edge);

}  // namespace geode::gql::exec
