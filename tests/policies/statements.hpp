#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "world.hpp"

namespace geode::test {

/// Random statements, each as the user asks it, or, `filtered`, as an administrator asks for the
/// same with the policies written into WHERE: two of the same seed give the same row of statements.
class Statements {
 public:
  Statements(const World& world, std::uint32_t seed, bool filtered)
      : world_(world), random_(seed), filtered_(filtered) {}

  struct Statement {
    std::string text;
    bool ordered = false;     ///< the order of its rows is said
    bool comparable = false;  ///< has a filtered form
  };
  Statement read();
  Statement write();

 private:
  std::uint32_t pick(std::uint32_t below) {
    return static_cast<std::uint32_t>(random_() / 7 % below);
  }
  bool chance(std::uint32_t of) { return pick(of) == 0; }
  std::string label();
  std::string type();
  std::string value();
  std::string condition(const std::string& variable);
  std::string node(const std::string& variable, bool one = false);
  std::string edge(const std::string& variable);
  std::string hops(const std::string& least_and_most);
  std::string aggregate(const std::string& variable);
  Statement read_pattern();
  Statement read_composed();
  Statement read_uncompared();

  const World& world_;
  std::minstd_rand random_;
  bool filtered_, may_fail_ = true;
  int last_id_ = 1000;
};

}  // namespace geode::test
