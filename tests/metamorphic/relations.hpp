#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine.hpp"
#include "query.hpp"

namespace geode::metamorphic {

/// A relation that does not hold.
struct Failure {
  std::string relation;
  std::string statements;  ///< the one it is about, and others that it is compared with
  std::string what;
};

/// The engine in several forms, each holding the same graph, and the relations that hold between
/// what they answer.
class Relations {
 public:
  explicit Relations(const model::Graph& graph);

  /// The first relation that does not hold for a query. Throws model::TooMuchWork.
  std::optional<Failure> check(const model::Query& query);
  /// A statement that writes, in each of the engines; `after` is what the graph must be then.
  std::optional<Failure> update(const std::string& statement, const std::string& error,
                                const model::Graph& after);

  /// How often each relation was looked at.
  const std::map<std::string, std::size_t>& counts() const { return counts_; }

 private:
  struct Answer;

  std::optional<Failure> compare(const std::string& relation, const std::string& statement,
                                 const Answer& expected, const model::Query& other,
                                 const std::string& other_statement,
                                 const Parameters& parameters = {});
  std::optional<Failure> partition(const model::Query& query);
  Answer answer(model::Engine& engine, const model::Query& query, const std::string& statement,
                const Parameters& parameters = {});

  model::Graph graph_;
  std::vector<model::Engine> engines_;
  std::map<std::string, std::size_t> counts_;
};

}  // namespace geode::metamorphic
