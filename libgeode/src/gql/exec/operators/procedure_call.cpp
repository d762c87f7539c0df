#include "gql/exec/operators/procedure_call.hpp"

namespace geode::gql::exec {

namespace {

Value fitted(const Value& value, const ProcedureField& parameter, const Procedure& procedure) {
  if (value.is_null() || parameter.type.may_be(value.type())) return value;
  if (value.type() == ValueType::kInt64 && parameter.type.may_be(ValueType::kFloat64))
    return Value(static_cast<double>(value.as_int64()));
  throw Error(status::kInvalidValueType, "`" + procedure.name + "` takes " + parameter.type_name +
                                             " for `" + parameter.name + "`, not " +
                                             std::string(type_name(value.type())))
      .category("TypeError", "InvalidArgumentType")
      .hint(procedure.signature());
}

}  // namespace

ProcedureCallOperator::ProcedureCallOperator(OperatorPtr input, ColumnSources sources,
                                             const Procedure& procedure, catalog::GraphId graph,
                                             std::vector<Evaluator> arguments,
                                             std::vector<int> columns)
    : out_(std::move(sources)),
      procedure_(procedure),
      graph_(graph),
      arguments_(std::move(arguments)),
      columns_(std::move(columns)),
      made_(columns_.size()) {
  add_input(std::move(input));
}

void ProcedureCallOperator::open(ExecutionContext& context) {
  Operator::open(context);
  for (Evaluator& argument : arguments_) argument.open(context);
  charge_ = base::MemoryCharge(context.memory);
  in_ = nullptr;
  rows_.clear();
  position_ = row_ = 0;
}

void ProcedureCallOperator::call(std::uint32_t row) {
  std::vector<Value> arguments;
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    const Value value = arguments_[i].evaluate(*in_, {&row, 1}).get(row);
    arguments.push_back(
        resolve(fitted(value, procedure_.parameters[i], procedure_), *context_->graph));
  }
  rows_.clear();
  row_ = 0;
  ProcedureContext context = context_->procedures;
  context.working_graph = graph_;
  procedure_.implementation(arguments, context, rows_);
  std::uint64_t bytes = 0;
  for (const std::vector<Value>& made : rows_) {
    bytes += sizeof(made) + made.size() * sizeof(Value);
    for (const Value& value : made) bytes += value.heap_bytes();
  }
  charge_.set(bytes);
  // Without columns the call is made for its effect, and the row goes on once.
  if (procedure_.columns.empty()) rows_.assign(1, {});
}

Batch* ProcedureCallOperator::next() {
  context_->interrupt->check();
  while (true) {
    if (!in_ || (position_ == in_->row_count() && row_ == rows_.size())) {
      out_.release();
      in_ = input().pull();
      rows_.clear();
      position_ = row_ = 0;
      if (!in_) return nullptr;
    }
    out_.begin();
    for (std::vector<Value>& column : made_) column.clear();
    while (!out_.full()) {
      if (row_ == rows_.size()) {
        if (position_ == in_->row_count()) break;
        call(in_->rows()[position_++]);
        continue;
      }
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i] >= 0) made_[i].push_back(std::move(rows_[row_][i]));
      }
      ++row_;
      out_.add(in_->rows()[position_ - 1]);
    }
    if (out_.size() == 0) continue;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i] >= 0) out_.column(columns_[i]).assign(made_[i]);
    }
    return out_.finish(*in_);
  }
}

}  // namespace geode::gql::exec
