#include "ledger.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace geode::test {

namespace {

constexpr std::int64_t kAccounts = 16;
/// Items older than this many commits are deleted, so that reading a ledger stays quick.
constexpr std::int64_t kKept = 600;

Value number(std::int64_t value) { return Value(value); }

std::int64_t number_of(const Transaction& txn, NodeId node, const char* key) {
  return txn.property(node, key).as_int64();
}

NodeId total_of(const Transaction& txn) {
  const std::vector<NodeId> found = txn.find_nodes("Total", "id", number(0));
  if (found.size() != 1) throw std::runtime_error("there is not one node of totals");
  return found.front();
}

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

void change_balance(Transaction& txn, NodeId account, std::int64_t by) {
  txn.set_property(account, "balance", number(number_of(txn, account, "balance") + by));
}

}  // namespace

void make_ledger(Database& database) {
  database.execute("CREATE INDEX item_n FOR (i:Item) ON (i.n)").consume();
  Transaction txn = database.begin_write();
  txn.insert_node({"Total"}, {{"id", number(0)},
                              {"n", number(0)},
                              {"items", number(0)},
                              {"sum", number(0)},
                              {"mix", number(0)}});
  for (std::int64_t id = 0; id < kAccounts; ++id) {
    txn.insert_node({"Account"}, {{"id", number(id)}, {"balance", number(0)}});
  }
  txn.commit();
}

LedgerState run_commit(Database& database, std::mt19937_64& random) {
  const auto below = [&](std::int64_t limit) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limit));
  };
  Transaction txn = database.begin_write();
  const NodeId total = total_of(txn);
  LedgerState state{number_of(txn, total, "n") + 1, number_of(txn, total, "items"),
                    number_of(txn, total, "sum"), number_of(txn, total, "mix")};
  const std::int64_t value = below(1000) + 1;
  const NodeId account = txn.find_nodes("Account", "id", number(below(kAccounts))).at(0);
  const NodeId item =
      txn.insert_node({"Item"}, {{"n", number(state.n)},
                                 {"value", number(value)},
                                 {"text", Value(std::string(random() % 200, 'x'))}});
  txn.insert_edge(account, item, "HOLDS", {{"value", number(value)}});
  change_balance(txn, account, value);
  ++state.items;
  state.sum += value;
  state.mix += state.n * value;
  std::vector<std::int64_t> doomed;
  if (below(3) == 0 && state.n > 1) doomed.push_back(below(state.n - 1) + 1);
  if (state.n > kKept) doomed.push_back(state.n - kKept);
  for (const std::int64_t n : doomed) {
    for (const NodeId old : txn.find_nodes("Item", "n", number(n))) {
      const std::int64_t gone = number_of(txn, old, "value");
      NodeId holder{};
      txn.for_each_neighbour(old, EdgeDirection::kIn, "HOLDS", [&](const Neighbour& neighbour) {
        holder = neighbour.node;
        return false;
      });
      change_balance(txn, holder, -gone);
      txn.delete_node(old, /*detach=*/true);
      --state.items;
      state.sum -= gone;
      state.mix -= n * gone;
    }
  }
  txn.set_property(total, "n", number(state.n));
  txn.set_property(total, "items", number(state.items));
  txn.set_property(total, "sum", number(state.sum));
  txn.set_property(total, "mix", number(state.mix));
  txn.commit();
  return state;
}

LedgerState read_ledger(Database& database) {
  const Transaction txn = database.begin_read();
  const NodeId total = total_of(txn);
  LedgerState found{number_of(txn, total, "n"), 0, 0, 0};
  std::int64_t accounts = 0;
  txn.for_each_node("Account", [&](NodeId account) {
    std::int64_t held = 0;
    txn.for_each_neighbour(account, EdgeDirection::kOut, "HOLDS", [&](const Neighbour& neighbour) {
      const std::int64_t value = number_of(txn, neighbour.node, "value");
      const std::int64_t n = number_of(txn, neighbour.node, "n");
      expect(txn.property(neighbour.edge, "value").as_int64() == value,
             "item " + std::to_string(n) + " has another value than its edge");
      expect(txn.find_nodes("Item", "n", number(n)) == std::vector<NodeId>{neighbour.node},
             "the index finds item " + std::to_string(n));
      held += value;
      ++found.items;
      found.sum += value;
      found.mix += n * value;
      return true;
    });
    expect(number_of(txn, account, "balance") == held, "an account holds another sum");
    ++accounts;
    return true;
  });
  expect(accounts == kAccounts, "an account is missing");
  expect(txn.count_nodes("Item") == static_cast<std::uint64_t>(found.items),
         "the count of items is another one");
  const LedgerState stored{found.n, number_of(txn, total, "items"), number_of(txn, total, "sum"),
                           number_of(txn, total, "mix")};
  expect(stored == found, "the totals are of other items");
  return found;
}

}  // namespace geode::test
