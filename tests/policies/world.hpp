#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <geode/geode.hpp>

namespace geode::test {

/// Policies and rights of the user `u`, and what they mean as conditions of an administrator.
/// In the conditions `%` is the element.
class World {
 public:
  explicit World(std::uint32_t seed);

  /// Graph, indexes, users and policies; the same at each call.
  Database make(const Options& options) const;
  /// Changes what `u` does not see, and adds to it. Nothing else changes.
  void change_hidden(Database& database, std::uint32_t seed) const;

  /// That `u` sees the node or edge which the variable has.
  std::string sees_node(const std::string& variable) const;
  std::string sees_edge(const std::string& variable) const;
  /// Each right and policy is for all commands: what `u` sees he may change.
  bool changes_what_he_sees() const { return changes_what_he_sees_; }
  /// Statements that made the policies and rights.
  std::string description() const;

  /// Nodes and edges that `u` sees.
  std::string dump_seen(Database& database) const;
  std::string dump_all(Database& database) const;
  /// Nodes that `u` does not see.
  std::string dump_hidden_nodes(Database& database) const;

 private:
  struct Protection {
    std::string label, condition;
    std::vector<std::string> statements;
  };
  void protect(const std::string& label, bool of_edges);
  std::string sees(const std::string& variable, const std::vector<Protection>& policies,
                   const std::vector<std::string>& granted) const;
  std::uint32_t pick(std::size_t below) {
    return static_cast<std::uint32_t>(random_() / 7 % below);
  }

  std::uint32_t seed_;
  std::minstd_rand random_;
  std::vector<Protection> node_policies_, edge_policies_;
  std::vector<std::string> rights_, node_labels_, edge_labels_;
  bool changes_what_he_sees_ = true;
};

/// Columns, rows in their order, notices and counters, or the error.
struct Answer {
  std::string text;
  std::vector<std::string> rows;
  std::string gqlstatus = "00000";
  Counters counters;
};

Answer ask(Session& session, const std::string& statement);

}  // namespace geode::test
