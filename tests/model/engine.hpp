#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <geode/geode.hpp>
#include "graph.hpp"

namespace geode::model {

/// The engine with one set of options, holding the graph that the model describes.
class Engine {
 public:
  /// `path` may be ":memory:".
  Engine(std::string name, std::string path, const Options& options);

  const std::string& name() const { return name_; }
  bool in_memory() const { return path_ == ":memory:"; }
  void load(const Graph& graph);
  /// Closes the database and opens it again.
  void reopen();

  void execute(const std::string& statement);
  /// Rows as texts, each list of the columns named in `bags` sorted. Throws TooMuchWork when they
  /// take too long: what is little work for the model may be much for a plan.
  std::vector<std::string> rows(const std::string& query, const std::vector<bool>& bags,
                                const Parameters& parameters = {});
  /// What is different from the model; "" when nothing is.
  std::string difference(const Graph& graph);
  /// What the database says about itself that is not so; "" when there is nothing.
  std::string damage() const;

 private:
  std::string text(const Value& value) const;

  std::string name_, path_;
  Options options_;
  std::optional<Database> database_;
  std::optional<Session> session_;
  /// The model's number of each node.
  std::map<NodeId, std::uint64_t> numbers_;
};

/// A row as the text by which rows are compared.
std::string row_text(const std::vector<Value>& values, const std::vector<bool>& bags,
                     const std::function<std::string(const Value&)>& text);

/// Rows that one side has and the other has not; "" when both are the same, in the same order.
std::string difference_of(std::vector<std::string> expected, std::vector<std::string> actual);

}  // namespace geode::model
