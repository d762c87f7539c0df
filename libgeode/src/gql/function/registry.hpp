#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <geode/error.hpp>
#include <geode/extension.hpp>
#include <geode/value.hpp>
#include "value/value_type.hpp"
#include "value/vector.hpp"

namespace geode::gql {

/// What functions of nodes and edges read; implemented over the snapshot by the executor.
class GraphAccess {
 public:
  virtual ~GraphAccess() = default;
  virtual List labels(NodeId node) const = 0;
  /// The same number for nodes that have the same labels, as long as nothing is written. 0: the
  /// node has none, or is not there.
  virtual std::uint64_t label_set(NodeId node) const = 0;
  virtual std::string edge_label(EdgeId edge) const = 0;
  virtual bool is_directed(EdgeId edge) const = 0;
  virtual Record node_properties(NodeId node) const = 0;
  virtual Record edge_properties(const Edge& edge) const = 0;
  virtual Value node_property(NodeId node, std::string_view key) const = 0;
  virtual Value edge_property(const Edge& edge, std::string_view key) const = 0;
  virtual bool node_exists(NodeId node) const = 0;
  /// Sums over every edge label.
  virtual std::uint64_t degree(NodeId node, bool out, bool in) const = 0;
};

class StatementClock;

struct FunctionContext {
  const GraphAccess* graph = nullptr;
  /// Null: time stands still at the epoch.
  const StatementClock* clock = nullptr;
  /// Of the session, whose texts outlive the run; empty: UTC, and nobody.
  std::string_view time_zone;
  std::string_view session_user;
  Position position;  ///< of the call, for errors
  /// The session asked for null where the sum of no rows is 0.
  bool null_sums = false;
};

/// A function of one row: as many values as arguments were written.
using ScalarImplementation = Value (*)(std::span<const Value> arguments,
                                       const FunctionContext& context);

/// A function that a program gave to a database.
using ScalarCallback = std::function<Value(std::span<const Value> arguments)>;

/// The same for the given rows of a batch: sets out (reset to the physical type it likes) at
/// exactly those rows. Constant arguments may be constant vectors. Gives false when these physical
/// types are not for it; the row form is used then.
using VectorImplementation = bool (*)(std::span<const value::Vector* const> arguments,
                                      std::span<const std::uint32_t> rows, value::Vector& out,
                                      const FunctionContext& context);

/// The static type of a call, when it depends on the arguments' types.
using ResultTyper = value::Type (*)(std::span<const value::Type> arguments);

struct ScalarFunction {
  std::string name;  ///< canonical spelling, e.g. "toInteger"; look-up ignores case
  std::vector<value::Type>
      parameters;  ///< of the first arguments; the last one repeats when variadic
  std::uint32_t minimum_arguments = 0;
  std::uint32_t maximum_arguments = 0;  ///< kVariadic: no limit
  value::Type result;
  ScalarImplementation evaluate = nullptr;
  std::shared_ptr<const ScalarCallback> callback = nullptr;  ///< instead of `evaluate`
  std::string signature;    ///< "left(string STRING, length INT) :: STRING"
  std::string description;  ///< one line, for SHOW FUNCTIONS
  /// A null argument gives null without a call.
  bool null_in_null_out = true;
  /// False for rand(), now() and the like: not folded, evaluated a row.
  bool deterministic = true;
  /// Not deterministic, yet the same arguments give one value all through a statement, as only the
  /// statement's clock is read (date(), datetime('2020-01-01T10:00')): may be computed once a
  /// statement, never once a plan.
  bool constant_in_statement = false;
  VectorImplementation vectorized = nullptr;
  ResultTyper typer = nullptr;

  static constexpr std::uint32_t kVariadic = 0xffffffff;

  Value call(std::span<const Value> arguments, const FunctionContext& context) const {
    return callback ? (*callback)(arguments) : evaluate(arguments, context);
  }
};

using AggregateStateMaker = std::function<std::unique_ptr<AggregateState>()>;

/// Aggregates keep their states in flat arrays: the state of group g stands at states + g * stride.
/// The caller aligns and zeroes nothing: init does.
struct AggregateFunction {
  std::string name;
  std::uint32_t minimum_arguments = 1;
  std::uint32_t maximum_arguments = 1;
  value::Type argument = value::Type::any();  ///< what each argument can be
  value::Type result;
  std::size_t state_size = 0;  ///< a multiple of 8
  void (*init)(std::byte* state) = nullptr;
  /// Null when the state needs no destruction.
  void (*destroy)(std::byte* state) = nullptr;
  /// Moves a state to unset bytes and ends it where it was. Null when its bytes may be copied.
  void (*relocate)(std::byte* to, std::byte* from) = nullptr;
  /// Adds the rows of a batch: row rows[i] belongs to group groups[i] (groups null: all to group
  /// 0). Nulls are skipped inside. multiplicity, when not null, says how many times row rows[i]
  /// counts (index: position i).
  void (*update)(std::span<const value::Vector* const> arguments,
                 std::span<const std::uint32_t> rows, const std::uint32_t* groups,
                 const std::uint64_t* multiplicity, std::byte* states,
                 std::size_t stride) = nullptr;
  void (*combine)(std::byte* into, const std::byte* from) = nullptr;
  Value (*finish)(const std::byte* state) = nullptr;
  ResultTyper typer = nullptr;
  std::string signature;
  std::string description;
  /// Bytes a state holds outside of itself, for the memory budget; null = none.
  std::size_t (*extra_bytes)(const std::byte* state) = nullptr;
  /// The result says in which order the rows came.
  bool in_order = false;
  /// Instead of `init`: a state is one pointer to what the maker of a program made.
  std::shared_ptr<const AggregateStateMaker> maker = nullptr;

  void begin(std::byte* state) const;
};
/// Whether the function is sum() and no value was added to the state.
bool is_empty_sum(const AggregateFunction& function, const std::byte* state);
/// An aggregate whose states a program makes.
AggregateFunction aggregate_of_states(AggregateStateMaker maker);

/// Functions by name. Names of parameters in messages come from the signature.
class FunctionRegistry {
 public:
  /// The functions every database has. Built once, immutable.
  static const FunctionRegistry& builtin();

  const ScalarFunction* find_scalar(std::string_view name) const;
  const AggregateFunction* find_aggregate(std::string_view name) const;
  /// The nearest known name, for hints; "" when none is near.
  std::string nearest(std::string_view name) const;
  std::vector<const ScalarFunction*> scalars() const;
  std::vector<const AggregateFunction*> aggregates() const;

  void add(ScalarFunction function);
  void add(AggregateFunction function);

  FunctionRegistry();
  ~FunctionRegistry();
  /// The copy may be added to; functions keep no address across copies.
  FunctionRegistry(const FunctionRegistry& other);
  FunctionRegistry& operator=(const FunctionRegistry&) = delete;

 private:
  struct Impl;
  Impl* impl_;
};

// One function a family; each lives in <family>.cpp.
void register_numeric_functions(FunctionRegistry& registry);
void register_string_functions(FunctionRegistry& registry);
void register_list_functions(FunctionRegistry& registry);
void register_null_functions(FunctionRegistry& registry);
void register_temporal_functions(FunctionRegistry& registry);
void register_graph_functions(FunctionRegistry& registry);
void register_conversion_functions(FunctionRegistry& registry);
void register_session_functions(FunctionRegistry& registry);
void register_aggregates(FunctionRegistry& registry);

}  // namespace geode::gql
