#include "group_load.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "graph_check.hpp"

namespace geode::test {

namespace {

constexpr int kWriterShift = 32;
constexpr std::int64_t kMostItems = 8;
/// Writers delete more than they make when they own this many groups.
constexpr std::size_t kManyGroups = 150;

std::uint64_t mix(std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0) {
  std::uint64_t h = a * 0x9e3779b97f4a7c15u + b * 0xc2b2ae3d27d4eb4fu + c * 0x165667b19e3779f9u;
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
  return h ^ (h >> 31);
}
std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }

std::int64_t size_of(std::int64_t key) { return 1 + static_cast<std::int64_t>(mix(bits(key)) % 6); }
std::int64_t item_id(std::int64_t key, std::int64_t n) { return key * kMostItems + n; }
std::int64_t value_of(std::int64_t key, std::int64_t version, std::int64_t n) {
  return static_cast<std::int64_t>(mix(bits(key), bits(version), bits(n) + 1) & 0xffffff);
}
std::int64_t sum_of(std::int64_t key, std::int64_t version) {
  std::int64_t sum = 0;
  for (std::int64_t n = 0; n < size_of(key); ++n) sum += value_of(key, version, n);
  return sum;
}
/// Mostly short; at times longer than a page.
std::string text_of(std::int64_t key, std::int64_t version) {
  const std::uint64_t h = mix(bits(key), bits(version), 99);
  return std::string(h % 8 == 0 ? h % 6001 : h % 40, static_cast<char>('a' + h % 26));
}
/// A name from a small set, so that names come into being at all times of the test.
std::string varied_key(std::int64_t key) { return "x" + std::to_string(mix(bits(key), 7) % 40); }

std::optional<NodeId> find_one(const Transaction& snapshot, std::string_view label,
                               std::string_view key, std::int64_t value) {
  const std::vector<NodeId> found = snapshot.find_nodes(label, key, Value(value));
  expect(found.size() <= 1,
         "a unique key has one node: " + std::string(label) + " " + std::to_string(value));
  if (found.empty()) return std::nullopt;
  return found[0];
}

NodeId need_one(const Transaction& snapshot, std::string_view label, std::string_view key,
                std::int64_t value) {
  const std::optional<NodeId> found = find_one(snapshot, label, key, value);
  expect(found.has_value(),
         std::string(label) + " " + std::to_string(value) + " is found by its key");
  return *found;
}

std::int64_t integer(const Transaction& snapshot, NodeId node, std::string_view key) {
  return snapshot.property(node, key).as_int64();
}

struct Member {
  NodeId node;
  EdgeId edge;
};

/// The items of a group in the order of their numbers.
std::vector<Member> items_of(const Transaction& snapshot, NodeId group) {
  std::map<std::int64_t, Member> items;
  snapshot.for_each_neighbour(group, EdgeDirection::kOut, "Has", [&](const Neighbour& at) {
    const std::int64_t n = snapshot.property(at.edge, "n").as_int64();
    expect(items.emplace(n, Member{at.node, at.edge}).second, "items of a group are numbered");
    return true;
  });
  std::vector<Member> out;
  for (const auto& [n, member] : items) out.push_back(member);
  return out;
}

}  // namespace

void follow(Groups& groups, const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::kCreate:
    case OperationKind::kUpdate:
      groups[operation.key] = operation.version;
      break;
    case OperationKind::kDelete:
      groups.erase(operation.key);
      break;
    case OperationKind::kLink:
      break;
  }
}

void prepare(Database& database, int writers, std::int64_t base) {
  Session session = database.session();
  session.execute("CREATE CONSTRAINT writer_id FOR (n:Writer) REQUIRE n.id IS UNIQUE");
  session.execute("CREATE CONSTRAINT group_key FOR (n:Group) REQUIRE n.key IS UNIQUE");
  session.execute("CREATE CONSTRAINT item_id FOR (n:Item) REQUIRE n.id IS UNIQUE");
  session.execute("CREATE CONSTRAINT base_id FOR (n:Base) REQUIRE n.id IS UNIQUE");
  session.execute("CREATE INDEX item_group FOR (n:Item) ON (n.group)");
  Transaction transaction = database.begin_write();
  for (int writer = 0; writer < writers; ++writer) {
    transaction.insert_node({"Writer"}, {{"id", writer}, {"last_seq", 0}, {"groups", 0}});
  }
  for (std::int64_t id = 0; id < base; ++id) {
    transaction.insert_node({std::string(kBaseLabel)},
                            {{"id", Value(id)}, {"name", Value("base " + std::to_string(id))}});
  }
  transaction.commit();
}

GroupWriter::GroupWriter(Database database, int writer, std::int64_t base, std::uint64_t seed)
    : database_(database),
      session_(database.session()),
      writer_(writer),
      base_(base),
      random_(seed) {
  const Transaction snapshot = database_.begin_read();
  const NodeId own = need_one(snapshot, "Writer", "id", writer_);
  snapshot.for_each_neighbour(own, EdgeDirection::kOut, "Owns", [&](const Neighbour& at) {
    groups_[integer(snapshot, at.node, "key")] = integer(snapshot, at.node, "version");
    return true;
  });
}

Operation GroupWriter::choose(std::uint64_t sequence) {
  Operation operation;
  operation.sequence = sequence;
  const std::uint64_t kind = random(100);
  const std::uint64_t creates = groups_.size() > kManyGroups ? 20 : 40;
  if (groups_.empty() || kind < creates) {
    operation.kind = OperationKind::kCreate;
    operation.key = (writer_ << kWriterShift) + static_cast<std::int64_t>(sequence);
    return operation;
  }
  auto chosen = std::next(groups_.begin(), static_cast<std::ptrdiff_t>(random(groups_.size())));
  operation.key = chosen->first;
  operation.version = chosen->second;
  if (kind < 65) {
    operation.kind = OperationKind::kUpdate;
    ++operation.version;
  } else if (kind < 93) {
    operation.kind = OperationKind::kDelete;
  } else {
    operation.kind = OperationKind::kLink;
  }
  return operation;
}

void GroupWriter::run(const Operation& operation) {
  const std::uint64_t way = random(3);
  if (operation.kind == OperationKind::kLink || way == 0) {
    run_by_graph_api(operation);
  } else if (way == 1) {
    run_as_statement(operation);
  } else {
    run_as_transaction(operation);
  }
  follow(groups_, operation);
}

void GroupWriter::run_by_graph_api(const Operation& operation) {
  Transaction transaction = database_.begin_write();
  const NodeId writer = need_one(transaction, "Writer", "id", writer_);
  transaction.set_property(writer, "last_seq",
                           Value(static_cast<std::int64_t>(operation.sequence)));
  const std::int64_t key = operation.key, version = operation.version;
  if (operation.kind == OperationKind::kCreate) {
    transaction.set_property(writer, "groups", Value(integer(transaction, writer, "groups") + 1));
    std::vector<std::string> labels{"Group"};
    if (version % 2 == 1) labels.emplace_back("Hot");
    const NodeId group = transaction.insert_node(labels, {{"key", Value(key)},
                                                          {"version", Value(version)},
                                                          {"size", Value(size_of(key))},
                                                          {"sum", Value(sum_of(key, version))},
                                                          {"text", Value(text_of(key, version))}});
    transaction.insert_edge(writer, group, "Owns");
    std::optional<NodeId> previous;
    for (std::int64_t n = 0; n < size_of(key); ++n) {
      const NodeId item =
          transaction.insert_node({"Item"}, {{"id", Value(item_id(key, n))},
                                             {"group", Value(key)},
                                             {"value", Value(value_of(key, version, n))},
                                             {varied_key(key), Value(version)}});
      transaction.insert_edge(group, item, "Has", {{"n", Value(n)}, {"version", Value(version)}});
      if (previous) transaction.insert_edge(*previous, item, "Next");
      previous = item;
    }
    transaction.commit();
    return;
  }
  const NodeId group = need_one(transaction, "Group", "key", key);
  if (operation.kind == OperationKind::kUpdate) {
    transaction.set_property(group, "version", Value(version));
    transaction.savepoint("unwanted");
    transaction.set_property(group, "sum", Value(-1));
    transaction.insert_edge(group, transaction.insert_node({"Ghost"}), "Haunts");
    transaction.rollback_to("unwanted");
    transaction.set_property(group, "sum", Value(sum_of(key, version)));
    transaction.set_property(group, "text", Value(text_of(key, version)));
    if (version % 2 == 1) {
      transaction.add_label(group, "Hot");
    } else {
      transaction.remove_label(group, "Hot");
    }
    std::int64_t n = 0;
    for (const Member& item : items_of(transaction, group)) {
      transaction.set_property(item.node, "value", Value(value_of(key, version, n++)));
      transaction.set_property(item.node, varied_key(key), Value(version));
      transaction.set_property(item.edge, "version", Value(version));
    }
  } else if (operation.kind == OperationKind::kDelete) {
    transaction.set_property(writer, "groups", Value(integer(transaction, writer, "groups") - 1));
    for (const Member& item : items_of(transaction, group)) {
      transaction.delete_edge(item.edge);
      transaction.delete_node(item.node, true);
    }
    transaction.delete_node(group, true);
  } else if (base_ > 0) {
    const auto target = static_cast<std::int64_t>(random(static_cast<std::uint64_t>(base_)));
    transaction.insert_edge(group, need_one(transaction, kBaseLabel, "id", target), "Link",
                            {{"from", Value(key)}});
    // The groups of others may come and go; the edge goes with the one that goes first.
    std::vector<NodeId> hot;
    transaction.for_each_node("Hot", [&](NodeId node) {
      hot.push_back(node);
      return hot.size() < 20;
    });
    if (!hot.empty())
      transaction.insert_edge(group, hot[random(hot.size())], "Link", {{"from", Value(key)}});
  }
  transaction.commit();
}

Parameters GroupWriter::parameters(const Operation& operation) const {
  const std::int64_t key = operation.key, version = operation.version;
  Parameters parameters{{"w", Value(writer_)},
                        {"s", Value(static_cast<std::int64_t>(operation.sequence))},
                        {"key", Value(key)},
                        {"version", Value(version)},
                        {"size", Value(size_of(key))},
                        {"sum", Value(sum_of(key, version))},
                        {"text", Value(text_of(key, version))}};
  for (std::int64_t n = 0; n < size_of(key); ++n) {
    parameters.set("id" + std::to_string(n), Value(item_id(key, n)));
    parameters.set("value" + std::to_string(n), Value(value_of(key, version, n)));
  }
  return parameters;
}

void GroupWriter::run_as_statement(const Operation& operation) {
  const std::string varied = varied_key(operation.key);
  const std::int64_t size = size_of(operation.key);
  std::string text;
  if (operation.kind == OperationKind::kCreate) {
    text =
        "MATCH (w:Writer {id: $w}) SET w.last_seq = $s, w.groups = w.groups + 1 INSERT "
        "(w)-[:Owns]->(g:Group";
    if (operation.version % 2 == 1) text += "&Hot";
    text += " {key: $key, version: $version, size: $size, sum: $sum, text: $text})";
    for (std::int64_t n = 0; n < size; ++n) {
      const std::string number = std::to_string(n);
      text += ", (g)-[:Has {n: " + number + ", version: $version}]->(i" + number +
              ":Item {id: $id" + number + ", group: $key, value: $value" + number + ", " + varied +
              ": $version})";
    }
    for (std::int64_t n = 1; n < size; ++n) {
      text += ", (i" + std::to_string(n - 1) + ")-[:Next]->(i" + std::to_string(n) + ")";
    }
  } else if (operation.kind == OperationKind::kUpdate) {
    text = "MATCH (w:Writer {id: $w}), (g:Group {key: $key})";
    std::string sets;
    for (std::int64_t n = 0; n < size; ++n) {
      const std::string number = std::to_string(n);
      text += ", (g)-[h" + number + ":Has {n: " + number + "}]->(i" + number + ":Item)";
      sets += ", i" + number + ".value = $value" + number + ", i" + number + "." + varied +
              " = $version, h" + number + ".version = $version";
    }
    text += " SET w.last_seq = $s, g.version = $version, g.sum = $sum, g.text = $text" + sets;
    text += operation.version % 2 == 1 ? " SET g:Hot" : " REMOVE g:Hot";
  } else {
    text =
        "MATCH (w:Writer {id: $w})-[:Owns]->(g:Group {key: $key}) SET w.last_seq = $s, w.groups = "
        "w.groups - 1 "
        "WITH g MATCH (g)-[:Has]->(i:Item) DETACH DELETE g, i";
  }
  session_.execute(text, parameters(operation));
}

void GroupWriter::run_as_transaction(const Operation& operation) {
  const Parameters values = parameters(operation);
  const std::string varied = varied_key(operation.key);
  const std::int64_t size = size_of(operation.key);
  auto execute = [&](const std::string& text) { session_.execute(text, values); };
  execute("START TRANSACTION");
  if (operation.kind == OperationKind::kCreate) {
    execute(
        "MATCH (w:Writer {id: $w}) INSERT (w)-[:Owns]->(:Group {key: $key, version: $version, "
        "size: $size})");
    execute("SAVEPOINT unwanted");
    execute(
        "MATCH (g:Group {key: $key}) INSERT (g)-[:Haunts]->(:Ghost {id: $key}) SET g.sum = 0, "
        "g.text = 'gone'");
    execute("ROLLBACK TO unwanted");
    for (std::int64_t n = 0; n < size; ++n) {
      const std::string number = std::to_string(n);
      execute("MATCH (g:Group {key: $key}) INSERT (g)-[:Has {n: " + number +
              ", version: $version}]->(:Item {id: $id" + number + ", group: $key, value: $value" +
              number + ", " + varied + ": $version})");
      if (n == 0) continue;
      execute("MATCH (a:Item {id: $id" + std::to_string(n - 1) + "}), (b:Item {id: $id" + number +
              "}) INSERT (a)-[:Next]->(b)");
    }
    execute("MATCH (g:Group {key: $key}) SET g.sum = $sum, g.text = $text");
    execute("MATCH (w:Writer {id: $w}) SET w.last_seq = $s, w.groups = w.groups + 1");
  } else if (operation.kind == OperationKind::kUpdate) {
    execute("MATCH (w:Writer {id: $w}) SET w.last_seq = $s");
    execute("SAVEPOINT outer_one");
    for (std::int64_t n = 0; n < size; ++n) {
      const std::string number = std::to_string(n);
      execute("MATCH (:Group {key: $key})-[h:Has]->(i:Item {id: $id" + number +
              "}) SET i.value = $value" + number + ", i." + varied +
              " = $version, h.version = $version");
    }
    execute("SAVEPOINT inner_one");
    execute("MATCH (g:Group {key: $key})-[:Has]->(i:Item) DETACH DELETE i");
    execute("ROLLBACK TO inner_one");
    execute("MATCH (g:Group {key: $key}) SET g.version = $version, g.sum = $sum, g.text = $text");
    execute("RELEASE SAVEPOINT outer_one");
    execute(std::string("MATCH (g:Group {key: $key}) ") +
            (operation.version % 2 == 1 ? "SET g:Hot" : "REMOVE g:Hot"));
  } else {
    execute("MATCH (:Group {key: $key})-[:Has]->(i:Item) DETACH DELETE i");
    execute("MATCH (g:Group {key: $key}) DETACH DELETE g");
    execute("MATCH (w:Writer {id: $w}) SET w.last_seq = $s, w.groups = w.groups - 1");
  }
  execute("COMMIT");
}

void GroupWriter::run_in_vain() {
  switch (random(4)) {
    case 0: {
      Transaction transaction = database_.begin_write();
      const NodeId ghost = transaction.insert_node({"Ghost"}, {{"id", Value(writer_)}});
      transaction.insert_edge(need_one(transaction, "Writer", "id", writer_), ghost, "Haunts");
      if (random(2) == 0) transaction.rollback();
      break;
    }
    case 1:
      session_.execute("START TRANSACTION");
      session_.execute(
          "MATCH (w:Writer {id: $w}) SET w.last_seq = -1 INSERT (w)-[:Haunts]->(:Ghost)",
          {{"w", Value(writer_)}});
      session_.execute("ROLLBACK");
      break;
    case 2:
      try {
        // The second element breaks a constraint, so the first must go, too.
        session_.execute("INSERT (:Ghost {id: 1}), (:Writer {id: $w})", {{"w", Value(writer_)}});
        throw Broken("a second node with a unique key is refused");
      } catch (const Error& error) {
        if (error.gqlstatus() != status::kConstraintViolation) throw;
      }
      break;
    default: {
      Transaction transaction = database_.begin_write();
      if (!groups_.empty()) {
        for (const Member& item :
             items_of(transaction, need_one(transaction, "Group", "key", groups_.begin()->first))) {
          transaction.delete_node(item.node, true);
        }
      }
      break;
    }
  }
}

std::uint64_t last_sequence(const Transaction& snapshot, int writer) {
  return bits(integer(snapshot, need_one(snapshot, "Writer", "id", writer), "last_seq"));
}

void check_groups(const Transaction& snapshot, int writer, const Groups& groups) {
  const NodeId own = need_one(snapshot, "Writer", "id", writer);
  const std::string who = "writer " + std::to_string(writer) + ": ";
  const std::int64_t counted = integer(snapshot, own, "groups");
  expect(counted == static_cast<std::int64_t>(groups.size()),
         who + "it counted " + std::to_string(counted) + " groups, committed were " +
             std::to_string(groups.size()));
  Groups found;
  snapshot.for_each_neighbour(own, EdgeDirection::kOut, "Owns", [&](const Neighbour& at) {
    found[integer(snapshot, at.node, "key")] = integer(snapshot, at.node, "version");
    return true;
  });
  for (const auto& [key, version] : groups) {
    const std::string what =
        who + "group " + std::to_string(key) + " of version " + std::to_string(version) + ": ";
    auto at = found.find(key);
    expect(at != found.end(), what + "a committed group is there");
    expect(at->second == version,
           what + "the committed version is there, not " + std::to_string(at->second));
    const NodeId group = need_one(snapshot, "Group", "key", key);
    const Node node = snapshot.node(group);
    expect(std::count(node.labels.begin(), node.labels.end(), "Hot") == version % 2,
           what + "label Hot");
    expect(node.properties.size() == 5, what + "its properties are those that were set");
    expect(integer(snapshot, group, "size") == size_of(key), what + "size");
    expect(integer(snapshot, group, "sum") == sum_of(key, version), what + "sum");
    expect(snapshot.property(group, "text").as_string() == text_of(key, version), what + "text");
    const std::vector<Member> items = items_of(snapshot, group);
    expect(static_cast<std::int64_t>(items.size()) == size_of(key),
           what + "it has " + std::to_string(items.size()) + " items");
    std::int64_t n = 0;
    for (const Member& item : items) {
      const std::string which = what + "item " + std::to_string(n) + ": ";
      expect(snapshot.node(item.node).properties.size() == 4,
             which + "its properties are those that were set");
      expect(integer(snapshot, item.node, "id") == item_id(key, n), which + "id");
      expect(integer(snapshot, item.node, "group") == key, which + "group");
      expect(integer(snapshot, item.node, "value") == value_of(key, version, n), which + "value");
      expect(integer(snapshot, item.node, varied_key(key)) == version, which + varied_key(key));
      expect(snapshot.property(item.edge, "version").as_int64() == version,
             which + "version of its edge");
      expect(find_one(snapshot, "Item", "id", item_id(key, n)) == item.node,
             which + "it is found by its key");
      std::vector<NodeId> next;
      snapshot.for_each_neighbour(item.node, EdgeDirection::kOut, "Next", [&](const Neighbour& to) {
        next.push_back(to.node);
        return true;
      });
      const auto place = static_cast<std::size_t>(++n);
      expect(place == items.size() ? next.empty() : next == std::vector<NodeId>{items[place].node},
             which + "next");
    }
    expect(snapshot.find_nodes("Item", "group", Value(key)).size() == items.size(),
           what + "its items are found by index");
  }
  for (const auto& [key, version] : found) {
    expect(groups.contains(key),
           who + "group " + std::to_string(key) + " is there, but was deleted or never committed");
  }
}

void check_whole(Transaction& snapshot, std::int64_t base, const std::vector<Groups>& writers,
                 std::uint64_t others) {
  std::uint64_t groups = 0, items = 0;
  for (const Groups& of_one : writers) {
    groups += of_one.size();
    for (const auto& [key, version] : of_one) items += bits(size_of(key));
  }
  expect(snapshot.count_nodes("Ghost") == 0, "nothing that was rolled back is there");
  expect(snapshot.count_edges("Haunts") == 0, "no edge that was rolled back is there");
  expect(snapshot.count_nodes("Group") == groups, "groups have owners");
  expect(snapshot.count_nodes("Item") == items, "items have groups");
  expect(snapshot.count_edges("Has") == items, "one Has edge for an item");
  expect(snapshot.count_edges("Next") == items - groups, "one Next edge between two items");
  expect(snapshot.count_nodes(kBaseLabel) == bits(base), "base nodes stay");
  expect(snapshot.count_nodes() == bits(base) + groups + items + writers.size() + others,
         "no node is left over");
  // The index holds nothing that the data does not.
  auto count = [&](const char* text) { return bits(snapshot.execute(text).single().as_int64()); };
  expect(count("MATCH (n:Item) WHERE n.group >= 0 RETURN count(*)") == items,
         "an index scan finds the items");
  expect(count("MATCH (n:Item) RETURN count(n.id)") == items, "a label scan finds the items");
  expect(count("MATCH (:Writer)-[:Owns]->(g:Group)-[:Has]->(i:Item) RETURN count(i)") == items,
         "a pattern finds the items");
}

}  // namespace geode::test
