// Asks a file of questions of a database, through the public C++ API, as a program would.
//
//   geode_questions DATABASE QUESTIONS.json DATA [--only A,B] [--rewritten] [--seconds S]
//                   [--timeout S] [--workers N]
//
// Prints one JSON line a question: engine, query, median_s, min_s, cpu_s, first_s, prepare_s (all
// of one execution), ops (executions in a run), runs, checksum; with --rewritten also one for each
// other text of the same meaning, with its index in "rewriting". DATA is the folder with the sets
// of parameters. A statement that fails, or runs longer than the time-out of 120 seconds, has
// "error" in its line, and the exit status is then 1.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <geode/geode.hpp>
#include "measure.hpp"
#include "result_text.hpp"

namespace {

using geode::bench::number_text;
using geode::bench::Times;
using geode::bench::value_text;
using nlohmann::json;

struct Arguments {
  std::string database, questions, data;
  std::set<std::string> only;
  bool rewritten = false;
  double seconds = 4;
  double timeout = 120;
  std::size_t workers = 1;
};

/// The executions of one question: names of parameters, and a row of values for each execution.
struct ParameterSets {
  std::vector<std::string> names;
  std::vector<std::vector<std::int64_t>> rows;
};

/// One text with everything needed to run it.
struct Asked {
  std::string text;
  geode::Parameters parameters;
  std::vector<std::string> columns;  ///< empty: all
  std::string answer;
  const ParameterSets* over = nullptr;
};

geode::Value value_of(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return static_cast<long>(value.get<std::int64_t>());
  if (value.is_number()) return value.get<double>();
  return value.get<std::string>();
}

geode::Parameters parameters_of(const json& object) {
  geode::Parameters parameters;
  for (const auto& [name, value] : object.items()) parameters.set(name, value_of(value));
  return parameters;
}

ParameterSets read_sets(const std::string& folder, const json& description) {
  ParameterSets sets;
  sets.names = description.at("parameters").get<std::vector<std::string>>();
  const std::string path = folder + "/" + description.at("file").get<std::string>();
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot open " + path);
  const std::size_t limit = description.value("limit", std::size_t{1} << 40);
  const std::int64_t remainder = description.value("remainder", std::int64_t{0});
  const std::int64_t plus = description.value("plus", std::int64_t{0});
  std::string line;
  std::getline(file, line);  // the header
  while (sets.rows.size() < limit && std::getline(file, line)) {
    std::istringstream fields(line);
    std::vector<std::int64_t> row;
    for (std::string field; std::getline(fields, field, ',');) {
      const std::int64_t number = std::stoll(field);
      row.push_back((remainder != 0 ? number % remainder : number) + plus);
    }
    sets.rows.push_back(std::move(row));
  }
  return sets;
}

double number_of(const geode::ColumnView& view, std::size_t row) {
  switch (view.kind) {
    case geode::ColumnView::Kind::kInt64:
      return static_cast<double>(view.as<std::int64_t>()[row]);
    case geode::ColumnView::Kind::kFloat64:
      return view.as<double>()[row];
    case geode::ColumnView::Kind::kValue:
      return view.as<geode::Value>()[row].as_number();
    case geode::ColumnView::Kind::kBool:
    case geode::ColumnView::Kind::kString:
      break;
  }
  throw std::runtime_error("a number is expected");
}

/// A reader that passes over a value must have seen it: what the other columns cost is in the time.
std::size_t touch(const geode::ColumnView& view) {
  if (view.kind != geode::ColumnView::Kind::kString) return view.size;
  std::size_t bytes = 0;
  for (const std::string_view text : view.as<std::string_view>()) bytes += text.size();
  return bytes;
}

class Question {
 public:
  Question(geode::Session& session, const Asked& asked, double timeout)
      : asked_(asked), statement_(session.prepare(asked.text)) {
    options_.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(timeout * 1000));
  }

  void run() {
    text_.clear();
    sum_ = 0;
    rows_ = 0;
    if (asked_.over == nullptr) {
      read(asked_.parameters);
      return;
    }
    geode::Parameters parameters = asked_.parameters;
    for (const std::vector<std::int64_t>& row : asked_.over->rows) {
      for (std::size_t i = 0; i < asked_.over->names.size(); ++i) {
        parameters.set(asked_.over->names[i], static_cast<long>(row[i]));
      }
      read(parameters);
    }
  }

  std::string checksum() const {
    if (asked_.answer == "rows") return text_;
    if (asked_.answer == "sum") return number_text(sum_);
    char sum[64];
    std::snprintf(sum, sizeof sum, asked_.answer == "rows_and_sum" ? "%.6f" : "%.0f", sum_);
    return std::to_string(rows_) + "," + sum;
  }

 private:
  void read(const geode::Parameters& parameters) {
    geode::Result result = statement_.execute(parameters, options_);
    if (positions_.empty()) find_columns(result.columns());
    while (result.next_batch(views_)) {
      const std::size_t size = views_.empty() ? 0 : views_[0].size;
      if (asked_.answer == "rows") {
        append(size);
      } else {
        for (const geode::ColumnView& view : views_) touched_ += touch(view);
        for (std::size_t i = 0; i < size; ++i) sum_ += number_of(views_[positions_[0]], i);
      }
      rows_ += size;
    }
  }

  void append(std::size_t size) {
    for (std::size_t row = 0; row < size; ++row) {
      if (!text_.empty()) text_ += ';';
      for (std::size_t i = 0; i < positions_.size(); ++i) {
        if (i > 0) text_ += ',';
        text_ += value_text(views_[positions_[i]], row);
      }
    }
  }

  void find_columns(const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < names.size() && asked_.columns.empty(); ++i)
      positions_.push_back(i);
    for (const std::string& column : asked_.columns) {
      const auto found = std::find(names.begin(), names.end(), column);
      if (found == names.end()) throw std::runtime_error("no column " + column + " in the result");
      positions_.push_back(static_cast<std::size_t>(found - names.begin()));
    }
  }

  const Asked& asked_;
  geode::PreparedStatement statement_;
  geode::StatementOptions options_;
  std::vector<std::size_t> positions_;
  std::vector<geode::ColumnView> views_;
  std::string text_;
  double sum_ = 0;
  std::size_t rows_ = 0;
  std::size_t touched_ = 0;
};

/// Measures one text and prints its line. False when it failed.
bool ask(geode::Session& session, const Asked& asked, json line, const Arguments& arguments) {
  bool good = true;
  try {
    double begin = geode::bench::wall_seconds();
    Question question(session, asked, arguments.timeout);
    line["prepare_s"] = geode::bench::wall_seconds() - begin;
    const Times times = geode::bench::measure(arguments.seconds, [&] { question.run(); });
    const auto sets = static_cast<double>(asked.over == nullptr ? 1 : asked.over->rows.size());
    line["median_s"] = times.median / sets;
    line["min_s"] = times.minimum / sets;
    line["cpu_s"] = times.cpu / sets;
    line["first_s"] = times.first / sets;
    line["ops"] = sets * times.repeats;
    line["runs"] = times.runs;
    line["checksum"] = question.checksum();
  } catch (const std::exception& error) {
    line["error"] = error.what();
    good = false;
  }
  std::cout << line.dump() << std::endl;
  return good;
}

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  std::vector<std::string> places;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--rewritten") {
      arguments.rewritten = true;
    } else if (word == "--only" && i + 1 < argc) {
      std::istringstream names(argv[++i]);
      for (std::string name; std::getline(names, name, ',');) arguments.only.insert(name);
    } else if (word == "--seconds" && i + 1 < argc) {
      arguments.seconds = std::atof(argv[++i]);
    } else if (word == "--timeout" && i + 1 < argc) {
      arguments.timeout = std::atof(argv[++i]);
    } else if (word == "--workers" && i + 1 < argc) {
      arguments.workers = static_cast<std::size_t>(std::atoi(argv[++i]));
    } else if (word.starts_with("--")) {
      return std::nullopt;
    } else {
      places.push_back(word);
    }
  }
  if (places.size() != 3) return std::nullopt;
  arguments.database = places[0];
  arguments.questions = places[1];
  arguments.data = places[2];
  return arguments;
}

bool ask_all(const Arguments& arguments) {
  std::ifstream file(arguments.questions);
  if (!file) throw std::runtime_error("cannot open " + arguments.questions);
  const json document = json::parse(file);
  std::map<std::string, ParameterSets> sets;
  for (const auto& [name, description] : document.at("sets").items()) {
    sets[name] = read_sets(arguments.data, description);
  }
  geode::Options options;
  options.create_if_missing = false;
  options.worker_threads = arguments.workers;
  geode::Database database(arguments.database, options);
  geode::Session session = database.session();
  bool good = true;
  for (const json& question : document.at("questions")) {
    const std::string name = question.at("name");
    if (!arguments.only.empty() && !arguments.only.contains(name)) continue;
    Asked asked;
    asked.text = question.at("text");
    asked.parameters = parameters_of(question.value("parameters", json::object()));
    asked.columns = question.value("columns", std::vector<std::string>());
    asked.answer = question.at("answer");
    if (question.contains("over")) asked.over = &sets.at(question.at("over").get<std::string>());
    const json line = {{"engine", "geode"}, {"threads", 1}, {"query", name}};
    good &= ask(session, asked, line, arguments);
    if (!arguments.rewritten) continue;
    std::size_t index = 0;
    for (const json& other : question.value("rewritten", json::array())) {
      Asked rewriting = asked;
      rewriting.text =
          other.is_string() ? other.get<std::string>() : other.at("text").get<std::string>();
      if (other.is_object() && other.contains("parameters")) {
        rewriting.parameters = parameters_of(other.at("parameters"));
      }
      if (other.is_object() && other.contains("columns")) {
        rewriting.columns = other.at("columns").get<std::vector<std::string>>();
      }
      json described = line;
      described["rewriting"] = index++;
      described["text"] = rewriting.text;
      good &= ask(session, rewriting, described, arguments);
    }
  }
  std::cout << json{{"engine", "geode"},
                    {"query", "RSS"},
                    {"rss_mb", geode::bench::memory_megabytes("VmHWM")}}
                   .dump()
            << std::endl;
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Arguments> arguments = parse(argc, argv);
  if (!arguments) {
    std::fprintf(stderr,
                 "usage: geode_questions DATABASE QUESTIONS.json DATA [--only A,B] [--rewritten] "
                 "[--seconds S] [--timeout S]\n");
    return 2;
  }
  try {
    return ask_all(*arguments) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "geode_questions: %s\n", error.what());
    return 1;
  }
}
