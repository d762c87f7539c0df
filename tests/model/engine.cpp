#include "engine.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <geode/verify.hpp>
#include "evaluate.hpp"

namespace geode::model {

namespace {

constexpr std::size_t kShown = 10;
constexpr std::chrono::seconds kPatience(2);

Properties as_map(const Record& record) { return Properties(record.begin(), record.end()); }

PropertyList as_list(const Properties& properties) {
  return PropertyList(properties.begin(), properties.end());
}

/// A few of the lines, and how many there are.
std::string some_of(const std::vector<std::string>& lines) {
  std::string out;
  for (std::size_t i = 0; i < lines.size() && i < kShown; ++i) out += "  " + lines[i] + "\n";
  if (lines.size() > kShown) out += "  ... " + std::to_string(lines.size()) + " in all\n";
  return out;
}

}  // namespace

std::string difference_of(std::vector<std::string> expected, std::vector<std::string> actual) {
  if (expected == actual) return "";
  std::sort(expected.begin(), expected.end());
  std::sort(actual.begin(), actual.end());
  if (expected == actual) return "the same rows in another order\n";
  std::vector<std::string> missing, extra;
  std::set_difference(expected.begin(), expected.end(), actual.begin(), actual.end(),
                      std::back_inserter(missing));
  std::set_difference(actual.begin(), actual.end(), expected.begin(), expected.end(),
                      std::back_inserter(extra));
  return std::to_string(expected.size()) + " rows expected, " + std::to_string(actual.size()) +
         " came\nmissing\n" + some_of(missing) + "too many\n" + some_of(extra);
}

std::string row_text(const std::vector<Value>& values, const std::vector<bool>& bags,
                     const std::function<std::string(const Value&)>& text) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += " | ";
    if (!bags[i] || values[i].is_null()) {
      out += text(values[i]);
      continue;
    }
    std::vector<std::string> parts;
    for (const Value& part : values[i].as_list()) parts.push_back(text(part));
    std::sort(parts.begin(), parts.end());
    out += "bag";
    for (const std::string& part : parts) out += " " + part;
  }
  return out;
}

Engine::Engine(std::string name, std::string path, const Options& options)
    : name_(std::move(name)), path_(std::move(path)), options_(options) {
  database_.emplace(path_, options_);
  session_.emplace(database_->session());
}

void Engine::load(const Graph& graph) {
  Transaction transaction = database_->begin_write();
  std::map<std::uint64_t, NodeId> ids;
  for (const auto& [id, node] : graph.nodes) {
    ids[id] =
        transaction.insert_node({node.labels.begin(), node.labels.end()}, as_list(node.properties));
    numbers_[ids[id]] = id;
  }
  for (const auto& [id, edge] : graph.edges) {
    transaction.insert_edge(ids[edge.source], ids[edge.target], edge.label,
                            as_list(edge.properties));
  }
  transaction.commit();
}

void Engine::reopen() {
  session_.reset();
  database_.reset();
  database_.emplace(path_, options_);
  session_.emplace(database_->session());
}

void Engine::execute(const std::string& statement) { session_->execute(statement).consume(); }

std::string Engine::text(const Value& value) const {
  return canonical_with(value, [&](const Value& element) -> std::string {
    if (element.type() == ValueType::kNode) {
      const Record& properties = element.as_node().properties;
      const auto uid = std::find_if(properties.begin(), properties.end(),
                                    [](const auto& property) { return property.first == "uid"; });
      return "(" + (uid == properties.end() ? "?" : uid->second.to_string()) + ")";
    }
    const geode::Edge& edge = element.as_edge();
    return canonical_edge(numbers_.at(edge.source), edge.label, numbers_.at(edge.target),
                          canonical(as_map(edge.properties)));
  });
}

std::vector<std::string> Engine::rows(const std::string& query, const std::vector<bool>& bags,
                                      const Parameters& parameters) {
  StatementOptions options;
  options.timeout = kPatience;
  std::vector<std::string> out;
  try {
    Result result = session_->execute(query, parameters, options);
    for (const geode::Row& row : result) {
      out.push_back(row_text(row.values(), bags, [&](const Value& value) { return text(value); }));
    }
  } catch (const Error& error) {
    if (error.gqlstatus() == status::kTimeout) throw TooMuchWork();
    throw;
  }
  return out;
}

std::string Engine::damage() const {
  const VerifyReport report = verify(*database_);
  for (const VerifyFinding& finding : report.findings) {
    if (finding.severity != VerifySeverity::kDamage) continue;
    return finding.part + ", " + finding.where + ": found " + finding.found + ", expected " +
           finding.expected;
  }
  return "";
}

std::string Engine::difference(const Graph& graph) {
  std::vector<std::string> expected, actual;
  numbers_.clear();
  for (const geode::Row& row : session_->execute("MATCH (x) RETURN x")) {
    const geode::Node& node = row[0].as_node();
    const Properties properties = as_map(node.properties);
    const auto uid = properties.find("uid");
    if (uid == properties.end()) return "a node without uid";
    numbers_[node.id] = static_cast<std::uint64_t>(uid->second.as_int64());
    std::string line = "node";
    for (const std::string& label : node.labels) line += " :" + label;
    actual.push_back(line + " " + canonical(properties));
  }
  for (const auto& [id, node] : graph.nodes) {
    std::string line = "node";
    for (const std::string& label : node.labels) line += " :" + label;
    expected.push_back(line + " " + canonical(node.properties));
  }
  // Edges as both of their ends know them.
  for (const char* query : {"MATCH ()-[e]->() RETURN e", "MATCH ()<-[e]-() RETURN e"}) {
    for (const std::string& row : rows(query, {false})) actual.push_back("edge " + row);
    for (const auto& [id, edge] : graph.edges) {
      expected.push_back("edge " + canonical_edge(edge.source, edge.label, edge.target,
                                                  canonical(edge.properties)));
    }
  }
  for (const char* label : {"A", "B", "C"}) {
    const std::string query = "MATCH (x:" + std::string(label) + ") RETURN count(*)";
    actual.push_back(query + " " + rows(query, {false})[0]);
    const auto count =
        std::count_if(graph.nodes.begin(), graph.nodes.end(),
                      [&](const auto& entry) { return entry.second.labels.contains(label); });
    expected.push_back(query + " " + std::to_string(count));
  }
  std::sort(expected.begin(), expected.end());
  std::sort(actual.begin(), actual.end());
  return difference_of(expected, actual);
}

}  // namespace geode::model
