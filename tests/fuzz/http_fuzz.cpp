// Bytes that come to the query API: requests are the same however they are cut into pieces, and
// what is read of a body is written and read back as the same.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <geode/database.hpp>
#include "fuzz_input.hpp"
#include "json/json_value.hpp"
#include "json/json_writer.hpp"
#include "query_api/http_request.hpp"
#include "query_api/query_request.hpp"

namespace {

using geode::test::require;
using namespace geode::server;

struct Reading {
  std::vector<HttpRequest> requests;
  unsigned refusal = 0;
  bool is_part = false;  ///< the last request has not come whole
};

struct Limits {
  std::size_t header, body;
};

Reading read(std::string_view bytes, std::size_t piece, const Limits& limits) {
  HttpRequestReader reader(limits.header, limits.body);
  Reading out;
  try {
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.append(bytes.substr(at, piece));
      while (auto request = reader.next()) out.requests.push_back(std::move(*request));
      (void)reader.take_expectation();
    }
    out.is_part = reader.within_request();
  } catch (const HttpProblem& problem) {
    out.refusal = problem.http_status;
    require(nlohmann::json::accept(problem_json(problem)));
  }
  return out;
}

std::string tagged(const geode::Value& value) {
  std::string out;
  geode::json::append_json(out, value, geode::json::JsonForm::kTagged);
  return out;
}

/// Written and read once, a value stays as it is.
void check_value(const geode::Value& value, geode::Database& database) {
  const std::string first = tagged(value);
  const geode::Value again = geode::json::value_from_json(geode::json::parse_json(first), database);
  require(tagged(again) == first);
  std::string plain;
  geode::json::append_json(plain, value, geode::json::JsonForm::kPlain);
  require(nlohmann::json::accept(plain));
}

void check_body(std::string_view body) {
  static geode::Database database;
  try {
    const QueryRequest query = read_query(body);
    const geode::Parameters parameters = read_parameters(query, database);
    // A graph is read as such, and written as its path.
    if (body.find("$graph") != std::string_view::npos) return;
    for (const auto& [name, value] : parameters.entries()) check_value(value, database);
  } catch (const geode::Error& error) {
    require(http_status_of(error) == 400);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  // The first byte: the length of pieces, or that the rest is a body by itself.
  if (data[0] == '{') {
    check_body({reinterpret_cast<const char*>(data), size});
    return 0;
  }
  // Which limit of length is met first depends on the pieces (the parser counts what waits of a
  // trailer, which is nothing where it comes whole): so no input meets one, or short ones that of
  // the body alone.
  const Limits limits = size > 2000 ? Limits{64u << 10, 1u << 20} : Limits{2048, 4096};
  const Reading whole = read(bytes, bytes.size() + 1, limits);
  const Reading pieces = read(bytes, 1 + data[0] % 64u, limits);
  // What is wrong with a part of a request may be told at once, or when the rest has come; of two
  // mistakes, either.
  require((whole.refusal == 0) == (pieces.refusal == 0) ||
          (whole.refusal == 0 ? whole.is_part : pieces.is_part));
  require(whole.requests.size() == pieces.requests.size());
  for (std::size_t i = 0; i < whole.requests.size(); ++i) {
    const HttpRequest &a = whole.requests[i], &b = pieces.requests[i];
    require(a.method == b.method && a.path == b.path && a.body == b.body &&
            a.authorization == b.authorization && a.keep_alive == b.keep_alive);
    require(a.body.size() <= limits.body);
    try {
      check_request(a);
      (void)read_authorization(a.authorization);
      check_body(a.body);
    } catch (const HttpProblem& problem) {
      require(problem.http_status >= 400 && problem.http_status < 500);
    }
  }
  return 0;
}
