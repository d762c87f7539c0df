#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include <geode/database.hpp>
#include "json/json_writer.hpp"
#include "query_api/http_request.hpp"

namespace geode::server {

/// What the body of `POST /v1/query` asks for.
struct QueryRequest {
  std::string statement;
  std::shared_ptr<const nlohmann::ordered_json> parameters;  ///< null: none
  std::string graph;                                         ///< "": the home graph
  std::chrono::milliseconds timeout{0};                      ///< zero: the server's limit alone
  bool read_only = false;
  std::uint64_t max_rows = 0;  ///< zero: all
  json::JsonForm form = json::JsonForm::kPlain;
};

struct Credentials {
  std::string user, password;
};

/// Throws HttpProblem unless the request is one for the query API, whatever its body says.
void check_request(const HttpRequest& request);

/// Those of an Authorization field; both empty without one. Throws HttpProblem.
Credentials read_authorization(std::string_view field);

/// Throws Error 22023, which names the member of the object that is wrong, or 54X01.
QueryRequest read_query(std::string_view body);

/// `database` reads those with types of GQL (see json/json_value.hpp), which takes a statement for
/// each: it is for users who have logged in. Throws Error 22023.
Parameters read_parameters(const QueryRequest& query, Database& database);

}  // namespace geode::server
