#include "salvage_case.hpp"

#include <algorithm>
#include <map>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <geode/database.hpp>
#include <geode/error.hpp>
#include <geode/salvage.hpp>
#include "sample_database.hpp"

namespace geode::test {
namespace {

using Row = std::vector<std::string>;

std::vector<Row> rows_of(const std::string& answer) {
  std::vector<Row> out;
  for (std::size_t at = 0; at < answer.size();) {
    const std::size_t end = answer.find('\n', at);
    Row row;
    for (std::size_t field = at; field < end;) {
      const std::size_t next = answer.find(" | ", field);
      row.push_back(answer.substr(field, next - field));
      field = next + 3;
    }
    out.push_back(std::move(row));
    at = end + 1;
  }
  return out;
}

/// A value that is lost is null.
bool fits(const Row& saved, const Row& original) {
  for (std::size_t i = 0; i < saved.size(); ++i) {
    if (saved[i] != original[i] && saved[i] != "NULL" && saved[i] != "null") return false;
  }
  return true;
}

/// The first row of `saved` that the original has not; "" when there is none.
std::string invented(const std::string& saved, const std::string& original) {
  const std::vector<Row> known = rows_of(original);
  std::multimap<std::string, const Row*> by_first;
  for (const Row& row : known) by_first.emplace(row.front(), &row);
  const std::vector<Row> rows = rows_of(saved);
  if (rows.size() > known.size()) return "more rows than there were";
  for (const Row& row : rows) {
    auto [at, end] = by_first.equal_range(row.front());
    if (row.front() == "NULL" || row.front() == "null") {
      at = by_first.begin();
      end = by_first.end();
    }
    if (std::none_of(at, end, [&](const auto& each) { return fits(row, *each.second); })) {
      std::string text;
      for (const std::string& field : row) text += field + " | ";
      return text;
    }
  }
  return "";
}

/// Questions whose answers are rows of values that are stored.
constexpr std::size_t kRowQuestions[] = {1, 2, 3, 5, 6, 7, 8, 9, 10};

/// In the child. The first byte tells the verdict, text follows.
std::string salvage_and_look(const std::string& path, const std::string& output,
                             const std::vector<std::string>& right) {
  SalvageReport report;
  try {
    report = salvage(path, output);
  } catch (const Error& error) {
    return error.gqlstatus() == status::kInternal ? std::string("f") + error.what()
                                                  : std::string("r") + error.what();
  }
  Options reading;
  reading.read_only = true;
  Database database(output, reading);
  if (!verify(database).ok()) return "fthe output does not verify";
  Session session = database.session();
  const auto& questions = sample_questions();
  for (const std::size_t i : kRowQuestions) {
    // Of the state before the last commit nobody has the answers.
    if (report.older_state) break;
    const std::string wrong = invented(answer(session, questions[i]), right[i]);
    if (!wrong.empty()) return "dinvented: " + questions[i] + ": " + wrong;
  }
  for (std::size_t i = 0; report.whole() && i < questions.size(); ++i) {
    if (answer(session, questions[i]) != right[i]) return "dlost unsaid: " + questions[i];
  }
  return (report.whole() ? "w" : "s") + std::to_string(report.nodes) + " " +
         std::to_string(report.edges);
}

}  // namespace

SalvageVerdict try_salvage(const std::string& path, const std::vector<std::string>& right,
                           std::uint64_t timeout_ms) {
  const std::string output = path + ".salvaged";
  unlink(output.c_str());
  unlink((output + "-lock").c_str());
  SalvageVerdict out;
  int ends[2];
  if (pipe(ends) != 0) {
    out.fault = "no pipe";
    return out;
  }
  const pid_t child = fork();
  if (child == 0) {
    std::string message;
    try {
      message = salvage_and_look(path, output, right);
    } catch (const std::exception& error) {
      message = std::string("f") + error.what();
    }
    _exit(write(ends[1], message.data(), message.size()) < 0 ? 3 : 0);
  }
  close(ends[1]);
  struct pollfd ready {
    ends[0], POLLIN, 0
  };
  const bool came = poll(&ready, 1, static_cast<int>(timeout_ms)) > 0;
  if (!came) kill(child, SIGKILL);
  std::string message;
  char buffer[512];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    message.append(buffer, static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!came) {
    out.fault = "it takes too long";
  } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || message.empty()) {
    out.fault = "the process ended with status " + std::to_string(status);
  } else if (message[0] == 'f') {
    out.fault = message.substr(1);
  } else if (message[0] == 'd') {
    out.differs = message.substr(1);
  } else if (message[0] == 'r') {
    out.refused = true;
  } else {
    out.whole = message[0] == 'w';
    out.nodes = std::stoull(message.substr(1));
    out.edges = std::stoull(message.substr(message.find(' ') + 1));
  }
  return out;
}

}  // namespace geode::test
