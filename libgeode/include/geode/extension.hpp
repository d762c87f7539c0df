#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <geode/value.hpp>

namespace geode {
inline namespace v1 {

/// A function of a program for the statements of a database: see Database::register_function.
///
///     database.register_function({"slug(text STRING) :: STRING", "Letters for an address",
///                                 [](std::span<const Value> in) { return slug(in[0]); }});
///
/// A signature is a name, parameters and a result type in the words of the language; `NUMBER` is an
/// integer or a float, `ANY` is everything. A thrown Error ends the statement; another exception
/// becomes Error 22X20. It may run on any thread that runs statements.
struct FunctionDefinition {
  std::string signature;
  std::string description;
  std::function<Value(std::span<const Value> arguments)> call;
  /// The same arguments give the same value: calls with constants are made once.
  bool pure = true;
  /// A null among the arguments gives null without a call.
  bool null_in_null_out = true;
};

/// What an aggregate function of a program keeps of one group of rows.
class AggregateState {
 public:
  virtual ~AggregateState() = default;
  /// One row; not called for rows with a null among the arguments.
  virtual void add(std::span<const Value> arguments) = 0;
  /// Takes in what `other`, made by the same function, has added.
  virtual void merge(const AggregateState& other) = 0;
  virtual Value finish() const = 0;
};

/// An aggregate function: `make` begins a group.
struct AggregateDefinition {
  std::string signature;
  std::string description;
  std::function<std::unique_ptr<AggregateState>()> make;
};

/// The rows that a call of a procedure gives.
class ProcedureResult {
 public:
  /// As many values as the signature has result columns; throws Error 22G03 otherwise.
  void add(std::vector<Value> row);

  explicit ProcedureResult(std::vector<std::vector<Value>>& rows, std::size_t columns)
      : rows_(rows), columns_(columns) {}

 private:
  std::vector<std::vector<Value>>& rows_;
  std::size_t columns_;
};

/// A procedure: "routes.near(city STRING, limit INT) :: (name STRING, km FLOAT)". Without result
/// columns, `:: ()`, it is called for its effect.
struct ProcedureDefinition {
  std::string signature;
  std::string description;
  std::function<void(std::span<const Value> arguments, ProcedureResult& result)> call;
};

}  // namespace v1
}  // namespace geode
