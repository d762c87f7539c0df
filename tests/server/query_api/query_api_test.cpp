#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "geode.pb.h"
#include "protocol/convert.hpp"
#include "query_api/answer_writer.hpp"
#include "query_api/http_request.hpp"
#include "query_api/query_request.hpp"

using namespace geode;
using namespace geode::server;
using namespace std::chrono_literals;

namespace {

constexpr const char* kPost =
    "POST /v1/query?pretty HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
    "Authorization: Basic YWRhOmI6Yw==\r\nContent-Length: 4\r\n\r\n{ } ";

/// The status that reading the bytes ends with; 0: with none.
unsigned refusal_of(const std::string& bytes, std::size_t header = 1000, std::size_t body = 100) {
  HttpRequestReader reader(header, body);
  try {
    reader.append(bytes);
    reader.next();
  } catch (const HttpProblem& problem) {
    return problem.http_status;
  }
  return 0;
}

template <class Action>
unsigned problem_of(Action action) {
  try {
    action();
  } catch (const HttpProblem& problem) {
    return problem.http_status;
  }
  return 0;
}

std::string message_of(std::string_view body) {
  try {
    read_query(body);
  } catch (const Error& error) {
    return error.gqlstatus() + ": " + error.message();
  }
  return "";
}

wire::v1::ServerMessage schema(const std::vector<std::string>& columns) {
  wire::v1::ServerMessage message;
  message.mutable_schema()->set_has_columns(!columns.empty());
  for (const std::string& column : columns) message.mutable_schema()->add_columns(column);
  return message;
}

wire::v1::ServerMessage page(const std::vector<Value>& rows) {
  wire::v1::ServerMessage message;
  for (const Value& value : rows)
    protocol::write_value(value, *message.mutable_page()->add_rows()->add_values());
  return message;
}

wire::v1::ServerMessage ended(std::string_view gqlstatus) {
  wire::v1::ServerMessage message;
  message.mutable_status()->set_gqlstatus(std::string(gqlstatus));
  message.mutable_status()->set_message("what happened");
  return message;
}

}  // namespace

TEST_CASE("a request is read in pieces of any size, and the next one behind it") {
  const std::string bytes = std::string(kPost) + "GET / HTTP/1.0\r\n\r\n";
  for (std::size_t piece = 1; piece < 40; ++piece) {
    HttpRequestReader reader(1000, 100);
    std::vector<HttpRequest> requests;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.append(bytes.substr(at, piece));
      while (auto request = reader.next()) requests.push_back(std::move(*request));
    }
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].method == "POST");
    CHECK(requests[0].path == "/v1/query");
    CHECK(requests[0].body == "{ } ");
    CHECK(requests[0].content_type == "application/json");
    CHECK(requests[0].authorization == "Basic YWRhOmI6Yw==");
    CHECK(requests[0].keep_alive);
    CHECK(requests[0].takes_chunks);
    CHECK(requests[1].method == "GET");
    CHECK_FALSE(requests[1].keep_alive);
    CHECK_FALSE(requests[1].takes_chunks);
    CHECK_FALSE(reader.within_request());
  }
}

TEST_CASE("a body may come in chunks, and a client may wait for leave to send it") {
  HttpRequestReader reader(1000, 100);
  reader.append(
      "POST /v1/query HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  CHECK_FALSE(reader.next());
  CHECK(reader.within_request());
  CHECK(reader.take_expectation());
  CHECK_FALSE(reader.take_expectation());
  reader.append("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  const auto request = reader.next();
  REQUIRE(request);
  CHECK(request->body == "abcde");
}

TEST_CASE("what is too long, or no request, is refused with a status of its own") {
  CHECK(refusal_of(kPost) == 0);
  CHECK(refusal_of(kPost, 1000, 3) == 413);
  CHECK(refusal_of(kPost, 60) == 431);
  CHECK(refusal_of("GET /" + std::string(2000, 'x') + " HTTP/1.1\r\n\r\n") == 431);
  CHECK(refusal_of("GET / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n") == 431);
  CHECK(refusal_of("GET / HTTP/1.1\r\nX: " + std::string(900, 'x') + "\r\n\r\n") == 0);
  CHECK(refusal_of("\x16\x03\x01nonsense\r\n\r\n") == 400);
  CHECK(refusal_of("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n") == 400);
  CHECK(refusal_of("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n") == 400);
  CHECK(refusal_of("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd") == 400);
  CHECK(refusal_of("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n") ==
        400);
  CHECK(refusal_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") == 400);
  CHECK(refusal_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" +
                   std::string(255, 'x')) == 413);
  CHECK(refusal_of("POST / HTTP/1.1\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n") == 400);
}

TEST_CASE("a query is a POST of JSON to its path") {
  HttpRequest request;
  request.method = "POST";
  request.path = "/v1/query";
  request.content_type = "Application/JSON; charset=utf-8";
  const auto status = [&] { return problem_of([&] { check_request(request); }); };
  CHECK(status() == 0);
  for (const char* type :
       {"", "text/plain", "application/json2", "application/x-www-form-urlencoded"}) {
    request.content_type = type;
    CHECK(status() == 415);
  }
  request.method = "OPTIONS";
  CHECK(status() == 405);
  request.path = "/v1/query/";
  CHECK(status() == 404);
}

TEST_CASE("credentials are those of Basic, and nothing that is nearly so") {
  const Credentials ada = read_authorization("basic  YWRhOmI6Yw== ");
  CHECK(ada.user == "ada");
  CHECK(ada.password == "b:c");
  CHECK(read_authorization("").user.empty());
  for (const char* field :
       {"Bearer YWRhOmI6Yw==", "Basic", "Basic YWRh", "Basic YWRhOmI6Yw=", "Basic YWRhOmI6Yx==",
        "Basic YWRhOmI6Yw==YQ==", "Basic YWRh\x80mI6Yw==", "Basic ====", "YWRhOmI6Yw=="}) {
    CAPTURE(field);
    CHECK(problem_of([&] { read_authorization(field); }) == 401);
  }
}

TEST_CASE("the body of a query says what it wants") {
  const QueryRequest query = read_query(
      R"({"statement":"RETURN $x","parameters":{"x":[1,{"$text":"2020-01-31"}]},"graph":"g",
          "timeout":"1500us","read_only":true,"max_rows":7,"values":"tagged"})");
  CHECK(query.statement == "RETURN $x");
  CHECK(query.graph == "g");
  CHECK(query.timeout == 2ms);
  CHECK(query.read_only);
  CHECK(query.max_rows == 7);
  CHECK(query.form == json::JsonForm::kTagged);
  Database database;
  const Parameters parameters = read_parameters(query, database);
  REQUIRE(parameters.find("x") != nullptr);
  CHECK(parameters.find("x")->to_string() == "[1, 2020-01-31]");
  CHECK(read_parameters(read_query(R"({"statement":"RETURN 1"})"), database).entries().empty());
}

TEST_CASE("what a body gets wrong is named") {
  CHECK(message_of("{").starts_with("22023: not JSON"));
  CHECK(message_of("[]") == "22023: the body of a query is a JSON object");
  CHECK(message_of("{}") == "22023: a query needs a `statement`");
  CHECK(message_of(R"({"statement":1})") == "22023: `statement` is 1, and should be text");
  CHECK(message_of(R"({"statement":"","limit":1})") == "22023: a query has no member `limit`");
  CHECK(message_of(R"({"statement":"","max_rows":-1})") ==
        "22023: `max_rows` is -1, and should be a whole number");
  CHECK(message_of(R"({"statement":"","max_rows":0})") ==
        "22023: `max_rows` is 0, and should be 1 at least");
  CHECK(message_of(R"({"statement":"","timeout":5})") ==
        "22023: `timeout` is 5, and should be a duration such as \"30s\"");
  CHECK(message_of(R"({"statement":"","timeout":"5 apples"})") ==
        "22023: `timeout` is \"5 apples\", and should be a duration such as \"30s\"");
  CHECK(message_of(R"({"statement":"","values":"xml"})") ==
        "22023: `values` is \"xml\", and should be plain or tagged");
  CHECK(message_of(R"({"statement":"","parameters":[]})") ==
        "22023: `parameters` is [], and should be an object");
  CHECK(message_of(R"({"statement":"","parameters":{"x":)" + std::string(100'000, '[')) ==
        "54X01: JSON is nested more than 1000 deep");
}

TEST_CASE("what is done at once has a length") {
  AnswerWriter writer({}, json::JsonForm::kPlain);
  writer.take(schema({"n"}));
  writer.take(page({Value(1), Value("two")}));
  CHECK_FALSE(writer.finished());
  writer.take(ended("00000"));
  CHECK(writer.finished());
  const std::string answer = writer.take_bytes();
  const std::string body =
      R"({"columns":["n"],"rows":[[1],["two"]],"status":"00000","counters":{},"warnings":[],)"
      R"("row_count":2,"truncated":false,"elapsed_ms":0.000})"
      "\n";
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"));
  CHECK(answer.ends_with("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
  CHECK(writer.take_bytes().empty());
}

TEST_CASE("what takes longer comes in chunks") {
  AnswerWriter writer({}, json::JsonForm::kPlain);
  writer.take(schema({"n"}));
  writer.take(page({Value(1)}));
  const std::string first = writer.take_bytes();
  CHECK(first.ends_with(
      "Transfer-Encoding: chunked\r\n\r\n1c\r\n{\"columns\":[\"n\"],\"rows\":[[1]\r\n"));
  writer.take(page({Value(2)}));
  CHECK(writer.take_bytes() == "4\r\n,[2]\r\n");
  wire::v1::ServerMessage last = page({Value(3)});
  last.mutable_status()->set_gqlstatus("00000");
  last.mutable_status()->set_rows_left(true);
  writer.take(last);
  const std::string tail = writer.take_bytes();
  CHECK(tail.find(",[3]],\"status\":\"00000\"") != std::string::npos);
  CHECK(tail.find("\"row_count\":3,\"truncated\":true}") != std::string::npos);
  CHECK(tail.ends_with("}\n\r\n0\r\n\r\n"));
  CHECK(writer.keep_alive());
}

TEST_CASE("HTTP/1.0 has the end of the connection for the end of a long answer") {
  AnswerWriter writer({true, false, false}, json::JsonForm::kPlain);
  writer.take(schema({"n"}));
  const std::string first = writer.take_bytes();
  CHECK(first.find("Connection: close\r\n") != std::string::npos);
  CHECK(first.ends_with("\r\n\r\n{\"columns\":[\"n\"],\"rows\":["));
  CHECK_FALSE(writer.keep_alive());
  writer.take(ended("00000"));
  CHECK(writer.take_bytes().ends_with("}\n"));
}

TEST_CASE("an error before the first row is a problem, and a later one ends the rows") {
  AnswerWriter early({}, json::JsonForm::kPlain);
  early.take(schema({"n"}));
  early.take(ended("57X02"));
  const std::string problem = early.take_bytes();
  CHECK(problem.starts_with("HTTP/1.1 504 Gateway Timeout\r\n"));
  CHECK(problem.find("application/problem+json") != std::string::npos);
  CHECK(problem.find("\"detail\":\"what happened\",\"gqlstatus\":\"57X02\"") != std::string::npos);
  CHECK(early.take_bytes().empty());

  AnswerWriter late({}, json::JsonForm::kPlain);
  late.take(schema({"n"}));
  late.take(page({Value(1)}));
  CHECK(late.take_bytes().starts_with("HTTP/1.1 200"));
  late.take(ended("57X02"));
  const std::string rest = late.take_bytes();
  CHECK(rest.find("],\"status\":\"57X02\",\"row_count\":1,\"error\":{\"type\":"
                  "\"urn:geode:gqlstatus:57X02\"") != std::string::npos);
  CHECK(rest.ends_with("0\r\n\r\n"));
}

TEST_CASE("a request cannot leave a transaction open") {
  AnswerWriter writer({}, json::JsonForm::kPlain);
  writer.take(schema({}));
  wire::v1::ServerMessage last = ended("00001");
  last.mutable_status()->set_transaction(wire::v1::READING);
  writer.take(last);
  CHECK(writer.take_bytes().starts_with("HTTP/1.1 400 "));
}

TEST_CASE("errors have the status that programs of HTTP expect") {
  const std::vector<std::pair<const char*, unsigned>> expected = {
      {"42001", 400}, {"22012", 400}, {"28000", 401}, {"42X04", 403}, {"25G03", 403},
      {"22X10", 409}, {"40X01", 409}, {"42X03", 409}, {"G1001", 409}, {"53X01", 507},
      {"57X02", 504}, {"57X01", 503}, {"08X04", 503}, {"58X02", 500}, {"XX000", 500}};
  for (const auto& [code, http_status] : expected) {
    CAPTURE(code);
    CHECK(http_status_of(Error(code, "")) == http_status);
  }
}
