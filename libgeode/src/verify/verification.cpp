#include "verify/verification.hpp"

#include <chrono>
#include <exception>
#include <fcntl.h>
#include <string>

#include <geode/error.hpp>
#include "storage/open_file.hpp"
#include "storage/page_walk.hpp"
#include "verify/run.hpp"

namespace geode::verifier {

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

/// The parts in their order: each rests on those before. The first one reads the pages of the file
/// without LMDB, which all others read through.
void run_parts(Run& run) {
  run_part(run, Table::kBase, "the pages", check_pages);
  if (!run.ok()) {
    for (const char* part : {"catalog", "tables", "nodes", "columns", "edges", "indexes", "log"}) {
      run.skip_part(part, "pages are damaged");
    }
    return;
  }
  run_part(run, Table::kCatalog, "the catalog", check_catalog);
  run_part(run, Table::kBase, "the tables", check_tables);
  if (run.catalog == nullptr) {
    for (const char* part : {"nodes", "columns", "edges", "indexes", "log"}) {
      run.skip_part(part, "the catalog cannot be read");
    }
    return;
  }
  run_part(run, Table::kBase, "the nodes", check_nodes);
  run_part(run, Table::kBase, "the columns", check_columns);
  run_part(run, Table::kBase, "the edges", check_edges);
  run_part(run, Table::kIndex, "the indexes", check_indexes);
  run_part(run, Table::kLog, "the change log", check_log);
}

}  // namespace

VerifyReport verify_environment(const std::shared_ptr<storage::Environment>& environment,
                                const VerifyOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  VerifyReport report;
  Run run(environment, options, report);
  run_parts(run);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

VerifyReport verify_refused(const std::string& path, const VerifyOptions& options,
                            const Error& why) {
  VerifyReport report;
  report.path = path;
  report.parts.push_back({"pages", 0, "pages", 0, 0, ""});
  VerifyPart& part = report.parts.back();
  const auto add = [&](std::string table, std::string where, std::string found) {
    report.findings.push_back({VerifySeverity::kDamage, part.name, std::move(table),
                               std::move(where), std::move(found), "a page as it was written"});
  };
  const storage::File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.descriptor >= 0) {
    const storage::PageReport pages = storage::walk_pages(
        file.descriptor, {.large_values = true, .most_damages = options.maximum_findings});
    part.items = pages.tree_pages + pages.overflow_pages + pages.free_pages;
    for (const storage::PageDamage& damage : pages.damages) {
      add(damage.table, "page " + std::to_string(damage.page), damage.what);
    }
    report.more_findings = pages.more_damages;
  }
  if (report.findings.empty() && report.more_findings == 0) add("", path, why.message());
  report.damages = part.findings = report.findings.size() + report.more_findings;
  return report;
}

}  // namespace geode::verifier
