// Hostile statements in threads with small stacks: each is answered or refused, none ends the
// process.

#include <functional>
#include <pthread.h>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/database.hpp>

namespace geode {
namespace {

void run_with_stack(std::size_t bytes, const std::function<void()>& work) {
  pthread_attr_t attributes;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstacksize(&attributes, bytes) == 0);
  pthread_t thread{};
  REQUIRE(pthread_create(
              &thread, &attributes,
              [](void* argument) -> void* {
                (*static_cast<const std::function<void()>*>(argument))();
                return nullptr;
              },
              const_cast<std::function<void()>*>(&work)) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
  pthread_attr_destroy(&attributes);
}

std::string repeat(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// "" when the statement was answered, else its GQLSTATUS.
std::string outcome(Session& session, const std::string& text) {
  try {
    Result result = session.execute(text);
    for (const Row& row : result) static_cast<void>(row);
    return "";
  } catch (const Error& error) {
    return std::string(error.gqlstatus());
  }
}

const std::vector<std::string>& hostile_statements() {
  static const std::vector<std::string> statements = [] {
    std::vector<std::string> out;
    for (const std::size_t n : {20u, 100u, 290u, 590u, 3000u, 8000u}) {
      out.push_back("RETURN " + repeat("(", n) + "1" + repeat(")", n));
      out.push_back("RETURN " + repeat("[", n) + "1" + repeat("]", n));
      out.push_back("RETURN " + repeat("NOT ", n) + "true");
      out.push_back("RETURN 1" + repeat(" + 1", n));
      out.push_back("RETURN " + repeat("abs(", n) + "1" + repeat(")", n));
      out.push_back("RETURN " + repeat("CASE WHEN true THEN ", n) + "1" + repeat(" END", n));
      out.push_back("RETURN 1 AS x" + repeat(" UNION ALL RETURN 1 AS x", n));
      out.push_back("UNWIND [1] AS x" + repeat(" WITH x + 1 AS x", n) + " RETURN x");
      out.push_back("MATCH (n)" + repeat(" WHERE n.x = 1 MATCH (n)", n) + " RETURN count(*)");
      out.push_back(repeat("CALL { ", n) + "RETURN 1 AS x" + repeat(" } RETURN x", n));
      out.push_back("RETURN " + repeat("EXISTS { MATCH (n) WHERE ", n) + "true" + repeat(" }", n));
      out.push_back("MATCH " + repeat("(", n) + "(a)-[]->(b)" + repeat("){1,2}", n) + " RETURN 1");
      out.push_back("MATCH (a:" + repeat("(", n) + "A" + repeat(")", n) + ") RETURN 1");
      out.push_back("MATCH (a:" + repeat("!", n) + "A) RETURN 1");
    }
    return out;
  }();
  return statements;
}

}  // namespace

TEST_CASE("a hostile statement in a small stack is answered or refused", "[session][stack]") {
  Database database;
  {
    Session session = database.session();
    session.execute("INSERT (:A {x: 1})-[:E]->(:A {x: 1})");
  }
  for (const std::size_t kilobytes : {256u, 512u, 1024u, 4096u}) {
    std::vector<std::string> outcomes;
    run_with_stack(kilobytes * 1024, [&] {
      Session session = database.session();
      for (const std::string& text : hostile_statements())
        outcomes.push_back(outcome(session, text));
    });
    REQUIRE(outcomes.size() == hostile_statements().size());
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      INFO(kilobytes << " KB: " << hostile_statements()[i].substr(0, 60));
      CHECK((outcomes[i].empty() || outcomes[i] == "54X01"));
    }
  }
}

TEST_CASE("what was compiled with a large stack is refused where a small one cannot run it",
          "[session][stack]") {
  Database database;
  Session session = database.session();
  const std::string text =
      "UNWIND [1] AS x" + repeat(" WITH x + 1 AS x WHERE x > 0", 1500) + " RETURN x";
  CHECK(outcome(session, text).empty());
  std::string within;
  run_with_stack(128 * 1024, [&] { within = outcome(session, text); });
  CHECK(within == "54X01");
  CHECK(outcome(session, text).empty());
}

}  // namespace geode
