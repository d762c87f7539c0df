// Random statements of a user from whom much is hidden, in many worlds of policies and rights:
//
// - in two databases that differ only in what he does not see he has the same answers, to the byte,
//   with their order, errors, counters, plans and profiles;
// - an administrator who writes the policies into WHERE has the same rows, and changes the same.
//
//   policies_test [--worlds=N] [--statements=N] [--seed=N] [--optimizer=0|1] [--workers=N]
//
// Statements are those of each world; a fifth of them writes.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "number_options.hpp"
#include "statements.hpp"
#include "world.hpp"

namespace geode::test {
namespace {

struct Totals {
  std::uint64_t reads = 0, writes = 0, filtered = 0, restricted = 0, failed = 0, unlike_failure = 0,
                too_long = 0;
};

class Round {
 public:
  Round(std::uint32_t seed, const Options& options, Totals& totals)
      : world_(seed),
        totals_(totals),
        first_(world_.make(options)),
        second_(world_.make(options)),
        third_(world_.make(options)),
        asked_(world_, seed + 1, false),
        filtered_(world_, seed + 1, true) {
    world_.change_hidden(second_, seed + 2);
    hidden_ = world_.dump_hidden_nodes(first_);
  }

  void run(std::uint64_t statements) {
    for (std::uint64_t i = 0; i < statements; ++i) {
      if (i % 5 == 4) {
        write();
      } else {
        read(i % 4 == 0);
      }
    }
    require_same("what the user sees", world_.dump_seen(first_), world_.dump_seen(second_));
    require_same("all there is", world_.dump_all(first_), world_.dump_all(third_));
    require_same("what is hidden", hidden_, world_.dump_hidden_nodes(first_));
  }

 private:
  void read(bool profile) {
    const auto [text, ordered, comparable] = asked_.read();
    const std::string filtered = filtered_.read().text;
    ++totals_.reads;
    const Answer answer = same_for_user(text);
    same_for_user("EXPLAIN " + text);
    if (too_long(answer)) return;
    if (profile) same_for_user("PROFILE " + text);
    totals_.failed += answer.gqlstatus != "00000";
    totals_.restricted += answer.text != ask(of_admin_, text).text;
    if (!comparable) return;
    ++totals_.filtered;
    const Answer of_admin = ask(of_admin_, filtered);
    if (too_long(of_admin)) return;
    // Which of several conditions is asked first is not said, nor is which row.
    if (answer.gqlstatus != of_admin.gqlstatus) {
      ++totals_.unlike_failure;
      if (answer.gqlstatus.starts_with("22") || of_admin.gqlstatus.starts_with("22")) return;
    }
    require_same(text + "\n" + filtered, rows(answer, ordered), rows(of_admin, ordered));
  }

  void write() {
    const auto [text, ordered, comparable] = asked_.write();
    const std::string filtered = filtered_.write().text;
    ++totals_.writes;
    const Answer answer = same_for_user(text);
    totals_.failed += answer.gqlstatus != "00000";
    if (answer.gqlstatus != "00000") {
      require_same(text, answer.text, ask(of_user_in_third_, text).text);
    } else if (comparable && world_.changes_what_he_sees()) {
      ++totals_.filtered;
      const Answer of_admin = ask(of_admin_in_third_, filtered);
      require_same(text + "\n" + filtered, rows(answer, false), rows(of_admin, false));
      require_same(text + "\n" + filtered, counters(answer), counters(of_admin));
    } else {
      require_same(text, answer.text, ask(of_user_in_third_, text).text);
    }
  }

  Answer same_for_user(const std::string& text) {
    const Answer answer = ask(of_user_, text), in_second = ask(of_user_in_second_, text);
    // How long it takes is not hidden.
    if (in_second.gqlstatus == status::kTimeout) return in_second;
    if (answer.gqlstatus != status::kTimeout) require_same(text, answer.text, in_second.text);
    return answer;
  }

  bool too_long(const Answer& answer) const {
    const bool too_long = answer.gqlstatus == status::kTimeout;
    totals_.too_long += too_long;
    return too_long;
  }

  static std::string rows(const Answer& answer, bool ordered) {
    std::vector<std::string> rows = answer.rows;
    if (!ordered) std::sort(rows.begin(), rows.end());
    return fmt::format("{}\n{}", answer.gqlstatus, fmt::join(rows, "\n"));
  }

  /// Without the edges that went with a node: an administrator sees all of them.
  static std::string counters(const Answer& answer) {
    const Counters& all = answer.counters;
    return fmt::format("{} {} {} {} {} {}", all.nodes_created, all.nodes_deleted, all.edges_created,
                       all.properties_set, all.labels_added, all.labels_removed);
  }

  void require_same(const std::string& what, const std::string& a, const std::string& b) const {
    if (a == b) return;
    throw Error(status::kInternal, fmt::format("{}\n{}\n---- one answer\n{}\n---- the other\n{}",
                                               world_.description(), what, a, b));
  }

  const World world_;
  Totals& totals_;
  Database first_, second_, third_;
  Statements asked_, filtered_;
  std::string hidden_;
  Session of_user_ = first_.session("u"), of_user_in_second_ = second_.session("u"),
          of_user_in_third_ = third_.session("u"), of_admin_ = first_.session("admin"),
          of_admin_in_third_ = third_.session("admin");
};

int run(int argc, char** argv) {
  std::uint64_t worlds = 8, statements = 250, seed = 1, optimizer = 1, workers = 0;
  if (!read_numbers(argc, argv,
                    {{"--worlds=", worlds},
                     {"--statements=", statements},
                     {"--seed=", seed},
                     {"--optimizer=", optimizer},
                     {"--workers=", workers}},
                    "usage: policies_test [--worlds=N] [--statements=N] [--seed=N] "
                    "[--optimizer=0|1] [--workers=N]\n")) {
    return 2;
  }
  Options options;
  options.optimize = optimizer != 0;
  options.worker_threads = workers;
  Totals totals;
  for (std::uint64_t i = 0; i < worlds; ++i) {
    try {
      Round(static_cast<std::uint32_t>(seed + i), options, totals).run(statements);
    } catch (const Error& error) {
      fmt::print(stderr, "policies_test --seed={} --worlds=1 --statements={}:\n{}\n", seed + i,
                 statements, error.message());
      return 1;
    }
  }
  fmt::print(
      "{} reads, {} writes in {} worlds; {} compared with a filter, of which {} failed in one "
      "form alone; {} changed by policies; {} failed, {} took too long\n",
      totals.reads, totals.writes, worlds, totals.filtered, totals.unlike_failure,
      totals.restricted, totals.failed, totals.too_long);
  // Else nothing was asked for.
  const bool worth = totals.restricted * 4 > totals.reads && totals.failed * 4 < totals.reads &&
                     totals.unlike_failure * 20 < totals.filtered &&
                     totals.too_long * 50 < totals.reads;
  if (!worth) fmt::print(stderr, "the statements do not ask enough\n");
  return worth ? 0 : 1;
}

}  // namespace
}  // namespace geode::test

int main(int argc, char** argv) { return geode::test::run(argc, argv); }
