#include <memory>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include <geode/verify.hpp>
#include "damaged_database.hpp"

using namespace geode;
using geode::test::DamagedDatabase;
using geode::test::text_of;

TEST_CASE("a database with content of every kind has no finding, merged or not") {
  DamagedDatabase all;
  VerifyReport report = all.verify();
  CHECK(report.ok());
  CHECK(text_of(report).empty());
  CHECK(report.parts.size() == 8);
  for (const VerifyPart& part : report.parts) {
    INFO(part.name);
    CHECK((part.items > 0 || part.name == "log"));
    CHECK(part.skipped.empty());
  }
  all.fold();
  CHECK(text_of(all.verify()).empty());
  all.database().compact();
  CHECK(text_of(all.verify()).empty());
  all.database().execute("DROP GRAPH other");
  all.database().execute("MATCH (n:P) WHERE n.id > 300 DETACH DELETE n");
  CHECK(text_of(all.verify()).empty());
}

TEST_CASE("an empty database has no finding") {
  CHECK(text_of(verify(Database(":memory:"))).empty());
}

TEST_CASE("edges are compared in as little memory as one is given") {
  DamagedDatabase all;
  VerifyOptions options;
  options.memory_bytes = 1;
  CHECK(text_of(verify(all.database(), options)).empty());
}

TEST_CASE("a verification sees one snapshot while others write") {
  DamagedDatabase all;
  std::thread writer([&] {
    for (int i = 0; i < 60; ++i) {
      all.database().execute("INSERT (:P {id: 2000 + $i, name: 'w'})-[:K {since: 1}]->(:Q)",
                             {{"i", Value(i)}});
    }
  });
  for (int i = 0; i < 20; ++i) CHECK(text_of(all.verify()).empty());
  writer.join();
  CHECK(text_of(all.verify()).empty());
}

TEST_CASE("the progress of a verification ends it when it says so") {
  DamagedDatabase all;
  int calls = 0;
  VerifyOptions options;
  options.progress = [&](const VerifyProgress& progress) {
    CHECK(progress.done <= progress.total);
    return ++calls < 4;
  };
  try {
    verify(all.database(), options);
    FAIL("it went on");
  } catch (const Error& error) {
    CHECK(error.gqlstatus() == status::kCancelled);
  }
  CHECK(calls == 4);
}

TEST_CASE("a file that is not there is not verified") {
  CHECK_THROWS_AS(verify(std::string("/nowhere/at/all.geode")), Error);
}
