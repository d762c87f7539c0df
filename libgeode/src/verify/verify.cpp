#include <chrono>
#include <exception>
#include <string>

#include <geode/error.hpp>
#include <geode/verify.hpp>
#include "session/database_impl.hpp"
#include "verify/run.hpp"

namespace geode {

namespace verifier {
namespace {

/// What a part says when it cannot go on is one more finding of it.
template <class Check>
void run_part(Run& run, Table table, const std::string& what, Check check) {
  try {
    run.guard(table, what, [&] { check(run); });
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw Error(status::kMemoryLimit, "the verification needs more memory than there is")
        .hint("give it less to compare edges in");
  } catch (const std::exception& error) {
    run.damage(table, what, error.what(), "content that can be read");
  }
  run.end_part();
}

/// The parts in their order: each rests on those before. What looks at the pages of the file
/// without LMDB's cursors belongs before the first of them, as all others read through cursors.
void run_parts(Run& run) {
  run_part(run, Table::kCatalog, "the catalog", check_catalog);
  run_part(run, Table::kBase, "the tables", check_tables);
  if (run.catalog == nullptr) {
    for (const char* part : {"nodes", "columns", "edges", "indexes"}) {
      run.skip_part(part, "the catalog cannot be read");
    }
    return;
  }
  run_part(run, Table::kBase, "the nodes", check_nodes);
  run_part(run, Table::kBase, "the columns", check_columns);
  run_part(run, Table::kBase, "the edges", check_edges);
  run_part(run, Table::kIndex, "the indexes", check_indexes);
}

}  // namespace
}  // namespace verifier

inline namespace v1 {

VerifyReport verify(const Database& database, const VerifyOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  VerifyReport report;
  verifier::Run run(database.impl()->environment, options, report);
  verifier::run_parts(run);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

VerifyReport verify(const std::string& path, const VerifyOptions& options) {
  Options reading;
  reading.read_only = true;
  return verify(Database(path, reading), options);
}

}  // namespace v1
}  // namespace geode
